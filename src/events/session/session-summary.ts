import { Type, type Static } from '@sinclair/typebox';
import {
  ACTIVITIES,
  PERMISSION_POLICIES,
  type Activity,
  type PermissionPolicy,
} from './session-vocabulary.js';

/* STORAGE FORMAT, as session-events.ts: parts that the events of a task and of a session share. */

const Name = Type.String({ maxLength: 200 });
const Count = Type.Number({ minimum: 0 });

export const Policy = Type.Unsafe<PermissionPolicy>(
  Type.Union(PERMISSION_POLICIES.map((each) => Type.Literal(each))),
);
export const Choices = Type.Array(Type.Object({ id: Name, name: Name }), { maxItems: 100 });
export const Usage = Type.Object({
  inputTokens: Type.Optional(Count),
  outputTokens: Type.Optional(Count),
  /** Tokens in the agent's context, and how many fit. */
  used: Type.Optional(Count),
  size: Type.Optional(Count),
  cost: Type.Optional(Count),
  currency: Type.Optional(Type.String({ maxLength: 10 })),
});

/** What a session begins with, where somebody asked for it. */
export const SessionSettings = {
  permissionPolicy: Type.Optional(Policy),
  modeId: Type.Optional(Name),
  model: Type.Optional(Name),
};

/** What others see of a session without its transcript. */
export const SessionSummarySchema = Type.Object({
  activity: Type.Unsafe<Activity>(Type.Union(ACTIVITIES.map((each) => Type.Literal(each)))),
  queuedPrompts: Type.Integer({ minimum: 0 }),
  unsurePrompts: Type.Integer({ minimum: 0 }),
  pendingPermissions: Type.Integer({ minimum: 0 }),
  permissionPolicy: Policy,
  modeId: Type.Union([Name, Type.Null()]),
  modes: Choices,
  model: Type.Union([Name, Type.Null()]),
  models: Choices,
  usage: Usage,
  lastEntryAt: Type.String({ maxLength: 30 }),
});
export type SessionSummary = Static<typeof SessionSummarySchema>;
