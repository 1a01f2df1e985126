import { randomUUID } from 'node:crypto';
import { tokenCodec, TOKENS_STREAM, type Role, type TokenEvent } from '../events/access/token-events.js';
import type { EventStore } from '../store/event-store.js';
import { AccessStream } from './access-stream.js';
import type { AccessAuthor } from './caused-by.js';
import { newSecret } from './secrets.js';
import { evolveTokens, type Token, type Tokens } from './tokens.js';

/** What a token is to be. */
export interface TokenWish {
  readonly name: string;
  readonly workspaceId: string;
  readonly role: Role;
  /** ISO 8601, or null: until it is revoked. */
  readonly expiresAt: string | null;
}

/** The tokens' stream. */
export class TokenStream extends AccessStream<Tokens, TokenEvent> {
  protected readonly nothing: Tokens = new Map();

  constructor(store: EventStore) {
    super(store, {
      codec: tokenCodec,
      evolve: evolveTokens,
      streamOf: () => TOKENS_STREAM,
      workspaceOf: (tokens, { data }) => tokens.get(data.tokenId)?.workspaceId,
      sizeOf: (tokens) => tokens.size * 400,
    });
  }

  /** Makes a token. Its text is shown here and never again. */
  async create(
    { expiresAt, ...wish }: TokenWish,
    author: AccessAuthor,
    now: Date,
  ): Promise<{ readonly token: Token; readonly text: string }> {
    const tokenId = randomUUID();
    const { text, hash } = newSecret('slw', tokenId);
    const data = { tokenId, hash, ...wish, ...(expiresAt !== null && { expiresAt }), at: now.toISOString() };
    const tokens = await this.change(() => ({ type: 'TokenCreated', data }), author);
    return { token: tokens.get(tokenId)!, text };
  }

  /** Ends a token; harmless when it has ended. */
  async revoke(tokenId: string, author: AccessAuthor, now: Date): Promise<Token | undefined> {
    const revoked = { type: 'TokenRevoked', data: { tokenId, at: now.toISOString() } } as const;
    const tokens = await this.change(
      (known) => (known.get(tokenId)?.revokedAt === null ? revoked : null),
      author,
    );
    return tokens.get(tokenId);
  }
}
