import type { Role, TokenEvent } from '../events/access/token-events.js';
import { heldBy } from './secrets.js';

/** A token as it is known: everything but its secret. Times are ISO 8601. */
export interface Token {
  readonly tokenId: string;
  readonly hash: string;
  readonly name: string;
  readonly workspaceId: string;
  readonly role: Role;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly usedAt: string | null;
}

/** All tokens by their ids. */
export type Tokens = ReadonlyMap<string, Token>;

/** The fold of the tokens' stream. */
export function evolveTokens(tokens: Tokens | null, { type, data }: TokenEvent): Tokens {
  const known = tokens ?? new Map<string, Token>();
  if (type === 'TokenCreated') {
    const { at, expiresAt = null, ...rest } = data;
    return new Map(known).set(data.tokenId, {
      ...rest,
      createdAt: at,
      expiresAt,
      revokedAt: null,
      usedAt: null,
    });
  }
  const token = known.get(data.tokenId);
  if (token === undefined) return known;
  return new Map(known).set(
    data.tokenId,
    type === 'TokenRevoked' ? { ...token, revokedAt: data.at } : { ...token, usedAt: data.at },
  );
}

/** Whether it opens anything at a time. */
export const holds = ({ revokedAt, expiresAt }: Token, now: Date): boolean =>
  revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > now.getTime());

/** The token that a text is, or null. */
export const tokenOf = (tokens: Tokens, text: string): Token | null => heldBy('slw', tokens, text);
