import { Type, type Static, type TProperties } from '@sinclair/typebox';
import { Uuid, whole, WORKSPACE_ID } from '../../platform/text-rules.js';
import { codecOf } from '../codec.js';
import { ROLES_OF_CALLERS } from './token-events.js';

/* STORAGE FORMAT: see ../task/task-events.ts. All log-ins are in one stream, of which the store keeps no more than counts. */

/** Its oldest events go, so it is no history that could be copied whole: whoever moves to another store logs in again. */
export const LOGINS_STREAM = 'slipway-logins';

const At = Type.String({ minLength: 20, maxLength: 30, pattern: '^\\d{4}-\\d{2}-\\d{2}T[0-9:.]+Z$' });
const event = <P extends TProperties>(properties: P) => Type.Object({ loginId: Uuid, ...properties, at: At });
const Shown = Type.String({ minLength: 1, maxLength: 200 });

export const LOGIN_EVENT_SCHEMAS = {
  /** `hash`: SHA-256 of what the browser keeps, 256 random bits, in hexadecimal; that itself is nowhere. `grants`: the role in each workspace, `*` for all. */
  LoginOpened: event({
    hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    actor: Type.String({ pattern: '^user:', maxLength: 210 }),
    issuer: Type.String({ minLength: 1, maxLength: 500 }),
    subject: Type.String({ minLength: 1, maxLength: 255 }),
    name: Type.Optional(Shown),
    email: Type.Optional(Shown),
    grants: Type.Array(
      Type.Object({
        workspaceId: Type.String({ pattern: whole(`${WORKSPACE_ID}|\\*`) }),
        role: Type.Union(ROLES_OF_CALLERS.map((role) => Type.Literal(role))),
      }),
      { minItems: 1, maxItems: 1_000 },
    ),
    expiresAt: At,
  }),
  /** Somebody came with it: told now and then, not each time. */
  LoginSeen: event({}),
  /** Logged out, or put out by somebody. */
  LoginEnded: event({}),
};

type Types = keyof typeof LOGIN_EVENT_SCHEMAS;
export type LoginEvent = {
  [T in Types]: { readonly type: T; readonly data: Static<(typeof LOGIN_EVENT_SCHEMAS)[T]> };
}[Types];
export const LOGIN_EVENT_TYPES = Object.keys(LOGIN_EVENT_SCHEMAS) as Types[];

export const loginCodec = codecOf<LoginEvent>(LOGIN_EVENT_SCHEMAS);
