import { Type, type Static } from '@sinclair/typebox';
import { whole, WORKSPACE_ID } from '../../platform/text-rules.js';
import { codecOf } from '../codec.js';

/* STORAGE FORMAT: see ../task/task-events.ts. All refusals are in one stream, which the store keeps short. */

export const REFUSALS_STREAM = 'slipway-refusals';
/** The actor of what came without anything by which somebody is known. */
export const NOBODY = 'nobody';
/** The actor of refusals to more callers than are told one by one. */
export const SEVERAL = 'several';

export const LONGEST_PATH = 200;
export const LONGEST_METHOD = 20;

const At = Type.String({ minLength: 20, maxLength: 30, pattern: '^\\d{4}-\\d{2}-\\d{2}T[0-9:.]+Z$' });

export const REFUSAL_EVENT_SCHEMAS = {
  /**
   * What the door refused to one caller from one address within a while, so many times. Who and from where is in the
   * metadata; method and path are those of the first time, and the workspace is the caller's own.
   */
  RequestRefused: Type.Object({
    code: Type.String({ minLength: 1, maxLength: 100 }),
    count: Type.Integer({ minimum: 1 }),
    method: Type.Optional(Type.String({ maxLength: LONGEST_METHOD })),
    path: Type.Optional(Type.String({ maxLength: LONGEST_PATH })),
    workspaceId: Type.Optional(Type.String({ pattern: whole(`${WORKSPACE_ID}|\\*`) })),
    firstAt: At,
    at: At,
  }),
};

type Types = keyof typeof REFUSAL_EVENT_SCHEMAS;
export type RefusalEvent = {
  [T in Types]: { readonly type: T; readonly data: Static<(typeof REFUSAL_EVENT_SCHEMAS)[T]> };
}[Types];
export const REFUSAL_EVENT_TYPES = Object.keys(REFUSAL_EVENT_SCHEMAS) as Types[];

export const refusalCodec = codecOf<RefusalEvent>(REFUSAL_EVENT_SCHEMAS);
