import { Type, type Static, type TProperties } from '@sinclair/typebox';
import { Uuid, whole, WORKSPACE_ID } from '../../platform/text-rules.js';
import { codecOf } from '../codec.js';

/* STORAGE FORMAT: see ../task/task-events.ts. All tokens are in one stream. */

export const TOKENS_STREAM = 'access-tokens';
export const ROLES_OF_CALLERS = ['viewer', 'member', 'maintainer', 'admin'] as const;
/** What somebody may do; each may do what those before it may. */
export type Role = (typeof ROLES_OF_CALLERS)[number];
/** In place of a workspace: all of them. */
export const ALL_WORKSPACES = '*';

const At = Type.String({ minLength: 20, maxLength: 30, pattern: '^\\d{4}-\\d{2}-\\d{2}T[0-9:.]+Z$' });
const event = <P extends TProperties>(properties: P) => Type.Object({ tokenId: Uuid, ...properties, at: At });

export const TOKEN_EVENT_SCHEMAS = {
  /** `hash`: SHA-256 of the secret, which is 256 random bits, in hexadecimal. The secret itself is nowhere. */
  TokenCreated: event({
    hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    name: Type.String({ minLength: 1, maxLength: 100 }),
    workspaceId: Type.String({ pattern: whole(`${WORKSPACE_ID}|\\*`) }),
    role: Type.Union(ROLES_OF_CALLERS.map((role) => Type.Literal(role))),
    expiresAt: Type.Optional(At),
  }),
  TokenRevoked: event({}),
  /** Somebody came with it: told now and then, not each time. */
  TokenUsed: event({}),
};

type Types = keyof typeof TOKEN_EVENT_SCHEMAS;
export type TokenEvent = {
  [T in Types]: { readonly type: T; readonly data: Static<(typeof TOKEN_EVENT_SCHEMAS)[T]> };
}[Types];
export const TOKEN_EVENT_TYPES = Object.keys(TOKEN_EVENT_SCHEMAS) as Types[];

export const tokenCodec = codecOf<TokenEvent>(TOKEN_EVENT_SCHEMAS);
