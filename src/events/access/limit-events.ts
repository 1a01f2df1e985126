import { Type, type Static } from '@sinclair/typebox';
import { whole, WORKSPACE_ID } from '../../platform/text-rules.js';
import { codecOf } from '../codec.js';

/* STORAGE FORMAT: see ../task/task-events.ts. What all workspaces may use is in one stream. */

export const LIMITS_STREAM = 'workspace-limits';

/**
 * How much a workspace may have:
 * - `liveTasks`: tasks that have been begun and are neither archived nor killed; further ones wait
 * - `sessions`: sessions of those tasks that are not over; a task that would exceed it waits
 * - `agentMinutesPerDay`: minutes that agents work in a day (UTC); tasks wait for the next day, and prompts are refused
 * - `createsPerMinute`: tasks created in a minute
 * - `promptsQueued`: prompts that wait for their agents
 * - `idleStopAfter`, `maxAge`: seconds after which sandboxes stop, of new tasks that neither they nor their projects have others for
 */
export const LIMIT_NAMES = [
  'liveTasks',
  'sessions',
  'agentMinutesPerDay',
  'createsPerMinute',
  'promptsQueued',
  'idleStopAfter',
  'maxAge',
] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];

/** The largest limit, which limits nothing. */
export const MOST = 1_000_000_000;

const At = Type.String({ minLength: 20, maxLength: 30, pattern: '^\\d{4}-\\d{2}-\\d{2}T[0-9:.]+Z$' });
/** Null: as the settings have it. Absent: as it was. */
const Change = Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: MOST }), Type.Null()]));

export const LIMIT_EVENT_SCHEMAS = {
  WorkspaceLimitsChanged: Type.Object({
    workspaceId: Type.String({ pattern: whole(WORKSPACE_ID) }),
    limits: Type.Object({
      liveTasks: Change,
      sessions: Change,
      agentMinutesPerDay: Change,
      createsPerMinute: Change,
      promptsQueued: Change,
      idleStopAfter: Change,
      maxAge: Change,
    } satisfies Record<LimitName, typeof Change>),
    at: At,
  }),
};

type Types = keyof typeof LIMIT_EVENT_SCHEMAS;
export type LimitEvent = {
  [T in Types]: { readonly type: T; readonly data: Static<(typeof LIMIT_EVENT_SCHEMAS)[T]> };
}[Types];
export const LIMIT_EVENT_TYPES = Object.keys(LIMIT_EVENT_SCHEMAS) as Types[];

export const limitCodec = codecOf<LimitEvent>(LIMIT_EVENT_SCHEMAS);
