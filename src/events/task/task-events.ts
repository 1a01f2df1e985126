import { Type, type Static, type TObject, type TProperties } from '@sinclair/typebox';
import { UUID, whole } from '../../platform/text-rules.js';
import type { FailureCode } from '../failure-codes.js';
import { Author, EnvVersion } from '../project/project-parts.js';
import { SessionSettings, SessionSummarySchema } from '../session/session-summary.js';
import { CHECK_STATES, PULL_REQUEST_STATES } from './action-state.js';
import { ObservedChanges } from './changes.js';
import { SETUP_SOURCES, STAGES, WAITS, type Stage } from './vocabulary.js';

/*
 * STORAGE FORMAT. These schemas are what lies in the streams, for ever. Adding an optional field is
 * safe. Anything else (renaming, retyping, removing, making required) needs a new schema version, an
 * upcaster in codec.ts and a golden file in test/contract/store/golden.
 */

const Id = Type.String({ minLength: 1, maxLength: 200 });
const Text = (maxLength: number) => Type.String({ maxLength });
/** ISO 8601 in UTC: the clock of the command that caused the event. */
const At = Type.String({ minLength: 20, maxLength: 30, pattern: '^\\d{4}-\\d{2}-\\d{2}T[0-9:.]+Z$' });
const StageName = Type.Unsafe<Stage>(Type.Union(STAGES.map((stage) => Type.Literal(stage))));
const Attempt = Type.Integer({ minimum: 1, maximum: 1_000_000 });
const Reason = Text(2_000);
const SleepFor = Type.Union([Type.Literal('idle'), Type.Literal('age')]);
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

/** So much of the end of what a setup puts out is stored, in characters. */
export const MOST_SETUP_OUTPUT = 20_000;

const PushFields = {
  message: Type.Optional(Text(20_000)),
  includeUncommitted: Type.Boolean(),
  force: Type.Boolean(),
  /** Of the commit, if one is made: that of the project's settings. */
  author: Type.Optional(Author),
};
const ActionFailure = { attempt: Attempt, code: Code, reason: Reason, nextAttemptAt: Type.Optional(At) };
const PullRequestFields = {
  url: Text(2_048),
  number: Type.Integer({ minimum: 1 }),
  state: Type.Union(PULL_REQUEST_STATES.map((state) => Type.Literal(state))),
};

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
    /** Commands for `/bin/sh`, run in the sandbox before its agent starts. */
    setup: Type.Optional(Text(10_000)),
    /** There where the commands are those of the project's settings. */
    setupFrom: Type.Optional(Type.Literal('project')),
    /** The variables of its sandbox, from the project's settings. */
    env: Type.Optional(EnvVersion),
    /** Whether submodules are fetched; not when absent. */
    submodules: Type.Optional(Type.Boolean()),
    /** Seconds after which its sandbox stops: without activity, and awake in all; never when absent. */
    idleStopAfter: Type.Optional(Type.Integer({ minimum: 1 })),
    maxAge: Type.Optional(Type.Integer({ minimum: 1 })),
    ...SessionSettings,
  }),
  /**
   * The task waits, among those of its workspace, for room to begin (or, archived once, to go on). `for` and `limit` are
   * there when it has turned out that there is none. The `RetryRequested` that follows ends the waiting.
   */
  TaskQueued: event({
    for: Type.Optional(Type.Union(WAITS.map((wait) => Type.Literal(wait)))),
    limit: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
  /** The intent record: stored before a provider is touched. */
  StageStarted: event({ stage: StageName, attempt: Attempt }),
  TaskNamed: event({ title: Text(200), branchName: Text(100) }),
  SandboxCreated: event({
    sandboxId: Id,
    path: Type.Optional(Text(4_096)),
    /** What people should know of the checkout, a sentence each. */
    notices: Type.Optional(Type.Array(Text(1_000), { maxItems: 10 })),
    /** There where a setup is to be run before the agent starts. */
    setup: Type.Optional(Type.Union(SETUP_SOURCES.map((source) => Type.Literal(source)))),
  }),
  /** `output`: the end of what it put out. */
  SetupFinished: event({ output: Text(MOST_SETUP_OUTPUT) }),
  /** Stored with the StageFailed that says why. */
  SetupFailed: event({ output: Text(MOST_SETUP_OUTPUT) }),
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
  /** The task's sandbox stops at the deadline unless something happens. Always before the stop. */
  SleepWarned: event({ for: SleepFor, deadline: At }),
  /** Somebody types in a shell in the sandbox, which does not stop for want of activity until then. */
  TerminalUsed: event({ until: At }),
  /** `sleep`: the sandbox stops because of its deadline, and the next prompt wakes it. */
  ArchiveRequested: event({ sleep: Type.Optional(Type.Object({ for: SleepFor, deadline: At })) }),
  SandboxReleased: event({}),
  TaskArchived: event({}),
  /** An archived task, or one that sleeps, goes on. Stored with the `RetryRequested` that says from which stage. */
  ResumeRequested: event({}),
  KillRequested: event({ keepBranch: Type.Boolean() }),
  SandboxDestroyed: event({ kept: Type.Optional(Kept) }),
  TaskKilled: event({}),
  /** Somebody gave up what was kept. */
  KeptWorkDeleted: event({}),
  /** What people and agents said in it is erased, for good. Stored before its key is destroyed. */
  TaskErased: event({}),
  /** The task's branch is to be on the remote. The time of the event is that of the commit, if one is made. */
  PushRequested: event({ actionId: Id, ...PushFields }),
  /** The intent record: stored before the remote is touched. */
  PushStarted: event({ actionId: Id, attempt: Attempt }),
  /** `left`: what is not in the commit and might be expected there. */
  BranchPushed: event({
    actionId: Id,
    commit: Text(64),
    remote: Text(2_048),
    left: Type.Optional(Type.Array(Text(1_000), { maxItems: 20 })),
  }),
  /** `nextAttemptAt` is absent when no attempt follows. */
  PushFailed: event({ actionId: Id, ...ActionFailure }),
  /** The branch is pushed, then a pull request (or merge request) of it is opened or found. */
  PullRequestRequested: event({
    actionId: Id,
    ...PushFields,
    title: Type.Optional(Text(500)),
    body: Type.Optional(Text(50_000)),
    draft: Type.Boolean(),
    base: Type.Optional(Text(250)),
  }),
  PullRequestStarted: event({ actionId: Id, attempt: Attempt }),
  PullRequestOpened: event({ actionId: Id, ...PullRequestFields }),
  PullRequestFailed: event({ actionId: Id, ...ActionFailure }),
  /** Stored when it has changed. */
  PullRequestObserved: event({
    ...PullRequestFields,
    checks: Type.Union(CHECK_STATES.map((state) => Type.Literal(state))),
  }),
  /** Somebody wants the changes to be looked at now. */
  ChangesRefreshRequested: event({}),
  /** What is changed in the checkout, committed or not; told when it is another than before, and to whoever asked. */
  ChangesObserved: event(ObservedChanges),
  ChangesNotObserved: event({ code: Code, reason: Reason }),
} satisfies Record<string, TObject>;

export type TaskEventType = keyof typeof TASK_EVENT_SCHEMAS;
export const TASK_EVENT_TYPES = Object.keys(TASK_EVENT_SCHEMAS) as TaskEventType[];

export type TaskEventData<T extends TaskEventType> = Static<(typeof TASK_EVENT_SCHEMAS)[T]>;

/** What has happened to one task. */
export type TaskEvent = {
  [T in TaskEventType]: { readonly type: T; readonly data: TaskEventData<T> };
}[TaskEventType];

/**
 * The events of a `branch-<projectId>-<digest of a name>` stream; the last one counts: the branch of that name is the task's, or
 * the name is a folder with the task's branch in it. Expected revisions make branch names unique without a lock.
 * `branchName` is a digest, too: a branch is called by what a task says, and nobody could erase that from here. Earlier versions
 * stored names in both places.
 */
export const BRANCH_RESERVED = 'BranchReserved';
export const BranchReservedSchema = Type.Object({ taskId: Id, projectId: Id, branchName: Text(100), at: At });
export type BranchReserved = Static<typeof BranchReservedSchema>;

export const taskStream = (taskId: string): string => `task-${taskId}`;
/** @param name a digest; in what earlier versions stored the name itself */
export const branchStream = (projectId: string, name: string): string => `branch-${projectId}-${name}`;

const TASK_STREAM = new RegExp(whole(`task-${UUID}`));

/** The task id of a task stream's name, or null for any other stream. */
export const taskIdOfStream = (stream: string): string | null =>
  TASK_STREAM.test(stream) ? stream.slice('task-'.length) : null;

/** The events that each end one stage well, whosever task it is. */
const STAGE_ENDED_BY: ReadonlyMap<string, Stage> = new Map<TaskEvent['type'], Stage>([
  ['TaskNamed', 'ensure_name'],
  ['SandboxCreated', 'create_sandbox'],
  ['SetupFinished', 'run_setup'],
  ['AgentStarted', 'ensure_agent'],
  ['SandboxReleased', 'release_sandbox'],
  ['SandboxDestroyed', 'destroy_sandbox'],
]);

/**
 * The stage that the event ends well, or null when it ends none. The page, the CLI and the rows all ask here.
 * @param firstSession the id of the task's first session, whose creation is a stage; that of further ones is none
 */
export function stageEndedBy(
  event: { readonly type: string; readonly data: object },
  firstSession: string | undefined,
): Stage | null {
  if (event.type !== 'SessionCreated') return STAGE_ENDED_BY.get(event.type) ?? null;
  return 'sessionId' in event.data && event.data.sessionId === firstSession ? 'create_session' : null;
}
