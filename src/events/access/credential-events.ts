import { Type, type Static, type TObject } from '@sinclair/typebox';
import { whole, WORKSPACE_ID } from '../../platform/text-rules.js';
import { codecOf } from '../codec.js';

/* STORAGE FORMAT: see ../task/task-events.ts. Who changed credentials, of all workspaces, is in one stream. */

export const CREDENTIALS_STREAM = 'workspace-credentials';

const At = Type.String({ minLength: 20, maxLength: 30, pattern: '^\\d{4}-\\d{2}-\\d{2}T[0-9:.]+Z$' });
const Kind = Type.Union([Type.Literal('https'), Type.Literal('ssh'), Type.Literal('app')]);
const which = {
  workspaceId: Type.String({ pattern: whole(WORKSPACE_ID) }),
  host: Type.String({ minLength: 1, maxLength: 300 }),
};

/** Stored before it is done, so that nothing is done that is not told; the credentials themselves are in no event. */
export const CREDENTIAL_EVENT_SCHEMAS = {
  CredentialSet: Type.Object({ ...which, kind: Kind, at: At }),
  /** Without a kind: all of the host. */
  CredentialDeleted: Type.Object({ ...which, kind: Type.Optional(Kind), at: At }),
} satisfies Record<string, TObject>;

type Types = keyof typeof CREDENTIAL_EVENT_SCHEMAS;
export type CredentialEvent = {
  [T in Types]: { readonly type: T; readonly data: Static<(typeof CREDENTIAL_EVENT_SCHEMAS)[T]> };
}[Types];
export const CREDENTIAL_EVENT_TYPES = Object.keys(CREDENTIAL_EVENT_SCHEMAS) as Types[];

export const credentialCodec = codecOf<CredentialEvent>(CREDENTIAL_EVENT_SCHEMAS);
