import { Type, type Static } from '@sinclair/typebox';
import { Uuid, whole, WORKSPACE_ID } from '../../platform/text-rules.js';
import { codecOf } from '../codec.js';

/* STORAGE FORMAT: see ../task/task-events.ts. Who opened shells and ports, of all workspaces, is in one stream, which the store keeps short. */

export const TERMINALS_STREAM = 'slipway-terminals';

const At = Type.String({ minLength: 20, maxLength: 30, pattern: '^\\d{4}-\\d{2}-\\d{2}T[0-9:.]+Z$' });

export const TERMINAL_EVENT_SCHEMAS = {
  /** Stored before the shell begins, so that there is none that is not told. Who and from where is in the metadata. */
  TerminalOpened: Type.Object({
    taskId: Uuid,
    workspaceId: Type.String({ pattern: whole(WORKSPACE_ID) }),
    at: At,
  }),
  /** Stored before the first connection to a port is made; those that follow it from the same client within the hour are not told. */
  PortOpened: Type.Object({
    taskId: Uuid,
    workspaceId: Type.String({ pattern: whole(WORKSPACE_ID) }),
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    at: At,
  }),
};

type Types = keyof typeof TERMINAL_EVENT_SCHEMAS;
export type TerminalEvent = {
  [T in Types]: { readonly type: T; readonly data: Static<(typeof TERMINAL_EVENT_SCHEMAS)[T]> };
}[Types];
export const TERMINAL_EVENT_TYPES = Object.keys(TERMINAL_EVENT_SCHEMAS) as Types[];

export const terminalCodec = codecOf<TerminalEvent>(TERMINAL_EVENT_SCHEMAS);
