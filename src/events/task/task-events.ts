import { Type, type Static, type TObject, type TProperties } from '@sinclair/typebox';
import type { FailureCode } from '../failure-codes.js';
import { UUID, whole } from '../../platform/text-rules.js';
import { SessionSettings, SessionSummarySchema } from '../session/session-summary.js';
import { STAGES, type Stage } from './vocabulary.js';

/*
 * STORAGE FORMAT. These schemas are what lies in the streams, for ever. Adding an optional field is
 * safe. Anything else (renaming, retyping, removing, making required) needs a new schema version, an
 * upcaster in upcasters.ts and a golden file in test/contract/store/golden.
 */

const Id = Type.String({ minLength: 1, maxLength: 200 });
const Text = (maxLength: number) => Type.String({ maxLength });
/** ISO 8601 in UTC: the clock of the command that caused the event. */
const At = Type.String({ minLength: 20, maxLength: 30, pattern: '^\\d{4}-\\d{2}-\\d{2}T[0-9:.]+Z$' });
const StageName = Type.Unsafe<Stage>(Type.Union(STAGES.map((stage) => Type.Literal(stage))));
const Attempt = Type.Integer({ minimum: 1, maximum: 1_000_000 });
const Reason = Text(2_000);
/** Stored as text, for a newer writer may know more codes; read as `unexpected` where it is not known (codec.ts). */
const Code = Type.Unsafe<FailureCode>(Text(100));

/** So many of the refs that hold kept work are named in the event and in what is shown. */
export const MOST_KEPT_SHOWN = 100;
/** Work that outlived its sandbox: refs of the git repository `where`, of which there are `count`. */
const Kept = Type.Object({
  where: Text(4_096),
  count: Type.Integer({ minimum: 0 }),
  refs: Type.Array(Type.Object({ name: Text(4_096), commit: Text(64) }), { maxItems: MOST_KEPT_SHOWN }),
});
export type KeptRefs = Static<typeof Kept>;

const event = <P extends TProperties>(properties: P) => Type.Object({ ...properties, at: At });

/** The data of each event type, by type. */
export const TASK_EVENT_SCHEMAS = {
  TaskCreated: event({
    taskId: Id,
    workspaceId: Id,
    projectId: Id,
    repoRemote: Text(2_048),
    /** The prompt. */
    task: Text(200_000),
    title: Type.Optional(Text(200)),
    branchName: Type.Optional(Text(100)),
    onBranch: Type.Optional(Text(100)),
    providerId: Id,
    agentType: Id,
    /** The first session's id, minted before anything exists so that a client can open its tab. */
    sessionId: Id,
    /** SHA-256 of the request's meaning: tells a replayed create from another one with the same key. */
    requestHash: Type.Optional(Text(64)),
    ...SessionSettings,
  }),
  /** The intent record: stored before a provider is touched. */
  StageStarted: event({ stage: StageName, attempt: Attempt }),
  TaskNamed: event({ title: Text(200), branchName: Text(100) }),
  SandboxCreated: event({
    sandboxId: Id,
    path: Type.Optional(Text(4_096)),
    /** What people should know of the checkout, a sentence each. */
    notices: Type.Optional(Type.Array(Text(1_000), { maxItems: 10 })),
  }),
  AgentStarted: event({ endpoint: Type.Optional(Text(2_048)) }),
  SessionRequested: event({ sessionId: Id, agentType: Id, prompt: Text(200_000), ...SessionSettings }),
  /**
   * `worksInStream`: what is said in the session is in its stream, its first prompt as well. Absent in what earlier versions
   * stored: there the agent was given the prompt before this event.
   */
  SessionCreated: event({
    sessionId: Id,
    agentSessionId: Id,
    worksInStream: Type.Optional(Type.Boolean()),
  }),
  /** `nextAttemptAt` is absent when no attempt follows: the session then stays in error. */
  SessionFailed: event({
    sessionId: Id,
    attempt: Attempt,
    code: Code,
    reason: Reason,
    nextAttemptAt: Type.Optional(At),
  }),
  /** What others see of a session has changed; what was said in it is in its own stream. */
  SessionActivityChanged: event({ sessionId: Id, summary: SessionSummarySchema }),
  /** `nextAttemptAt` is absent when no attempt follows: then ProvisioningFailed comes with it. */
  StageFailed: event({
    stage: StageName,
    attempt: Attempt,
    code: Code,
    reason: Reason,
    retryable: Type.Boolean(),
    nextAttemptAt: Type.Optional(At),
  }),
  ProvisioningFailed: event({ stage: StageName, attempts: Attempt, code: Code, reason: Reason }),
  RetryRequested: event({ stage: StageName }),
  ArchiveRequested: event({}),
  SandboxReleased: event({}),
  TaskArchived: event({}),
  /** An archived task goes on. Stored with the `RetryRequested` that says from which stage. */
  ResumeRequested: event({}),
  KillRequested: event({ keepBranch: Type.Boolean() }),
  SandboxDestroyed: event({ kept: Type.Optional(Kept) }),
  TaskKilled: event({}),
} satisfies Record<string, TObject>;

export type TaskEventType = keyof typeof TASK_EVENT_SCHEMAS;
export const TASK_EVENT_TYPES = Object.keys(TASK_EVENT_SCHEMAS) as TaskEventType[];

export type TaskEventData<T extends TaskEventType> = Static<(typeof TASK_EVENT_SCHEMAS)[T]>;

/** What has happened to one task. */
export type TaskEvent = {
  [T in TaskEventType]: { readonly type: T; readonly data: TaskEventData<T> };
}[TaskEventType];

/**
 * The events of a `branch-<projectId>-<name>` stream; the last one counts: the branch of that name is the task's, or the
 * name is a folder with the task's branch in it. Expected revisions make branch names unique without a lock.
 */
export const BRANCH_RESERVED = 'BranchReserved';
export const BranchReservedSchema = Type.Object({ taskId: Id, projectId: Id, branchName: Text(100), at: At });
export type BranchReserved = Static<typeof BranchReservedSchema>;

export const taskStream = (taskId: string): string => `task-${taskId}`;
export const branchStream = (projectId: string, branchName: string): string =>
  `branch-${projectId}-${branchName}`;

const TASK_STREAM = new RegExp(whole(`task-${UUID}`));

/** The task id of a task stream's name, or null for any other stream. */
export const taskIdOfStream = (stream: string): string | null =>
  TASK_STREAM.test(stream) ? stream.slice('task-'.length) : null;
