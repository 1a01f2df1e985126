import type { FailureCode } from '../failure-codes.js';
import type { SessionSummary } from '../session/session-summary.js';
import { mostUrgent, type Activity, type PermissionPolicy } from '../session/session-vocabulary.js';
import type { ActionFold, ActionKind, ActionState, PullRequestFold, PushedBranch } from './action-state.js';
import type { ChangesFold } from './changes.js';
import type { SleepReason } from './lifecycle-state.js';
import { deadlineOf } from './lifecycle.js';
import type { KeptRefs } from './task-events.js';
import type { SessionState, SetupSource, SetupState, Stage, TaskStatus, WaitsFor } from './vocabulary.js';
import type { SessionFold, Task, VersionedTask } from './task-state.js';

/** A session as the API shows it. */
export interface SessionRecord {
  sessionId: string;
  taskId: string;
  agentType: string;
  state: SessionState;
  agentSessionId: string | null;
  error: string | null;
  createdAt: string;
  /** What it is doing; null where it does nothing because its task is in error. */
  activity: Activity | null;
  queuedPrompts: number;
  /** Prompts of which it is not known whether they reached the agent: somebody decides. */
  unsurePrompts: number;
  pendingPermissions: number;
  permissionPolicy: PermissionPolicy;
  modeId: string | null;
  modes: { id: string; name: string }[];
  model: string | null;
  models: { id: string; name: string }[];
  usage: SessionSummary['usage'];
  lastEntryAt: string | null;
}

/** An action as the API shows it. */
export interface ActionRecord {
  actionId: string;
  taskId: string;
  kind: ActionKind;
  state: ActionState;
  attempt: number;
  message: string;
  commit: string | null;
  url: string | null;
  number: number | null;
  error: { code: FailureCode; reason: string } | null;
  requestedAt: string;
  startedAt: string | null;
  endedAt: string | null;
}

export function toActionRecord(task: Task, action: ActionFold): ActionRecord {
  const { push: _, pullRequest: __, ...shown } = action;
  return { ...shown, taskId: task.taskId };
}

/** How much is changed in a task's checkout, committed or not, against where its branch parted from the one it came from. */
export interface ChangesSummary {
  files: number;
  additions: number;
  deletions: number;
  /** Commits that the branch it came from has not, and the other way around. */
  ahead: number;
  behind: number;
  /** Files that are not committed. */
  uncommitted: number;
  /** Whether the remote has all of it. */
  pushed: boolean;
  at: string;
}

/** What is run in a task's sandbox before its agent starts, and the end of what that put out. */
export interface SetupRecord {
  source: SetupSource;
  state: SetupState;
  output: string | null;
}

/** That a task waits for room: for what, once that is known, and where among those that do, as of a read. */
export interface QueueRecord {
  since: string;
  for: WaitsFor | null;
  limit: number | null;
  place: number | null;
}

/** When a task's sandbox stops by itself, or why it has. */
export interface SleepRecord {
  /** Seconds; null: any number. */
  idleStopAfter: number | null;
  maxAge: number | null;
  /** The deadline as things are (then it moves with whatever happens), or that which was reached; null while there is none. */
  deadline: string | null;
  for: SleepReason | null;
  /** Whether that was told already. */
  warned: boolean;
}

/** A task as the API shows it. `position` is the one cursor: see ARCHITECTURE.md. */
export interface TaskRecord {
  taskId: string;
  workspaceId: string;
  projectId: string;
  repoRemote: string;
  task: string;
  /** There, and true, where `task` is the beginning of a long prompt only: in lists and live updates. */
  taskTruncated?: true;
  title: string | null;
  branchName: string | null;
  onBranch: string | null;
  providerId: string;
  agentType: string;
  status: TaskStatus;
  statusMessage: string;
  stage: Stage | null;
  attempt: number;
  error: { stage: Stage; attempts: number; code: FailureCode; reason: string; at: string } | null;
  /** There while it waits for room in its workspace. */
  queue: QueueRecord | null;
  /** There where its sandbox stops by itself. */
  sleep: SleepRecord | null;
  sandboxId: string | null;
  sandboxPath: string | null;
  /** There, and true, where what was said in it is erased. */
  erased?: true;
  /** What people should know of the checkout (what is not in it, say), a sentence each. */
  notices: string[];
  /** Null where there is nothing to run, and until that is known. */
  setup: SetupRecord | null;
  /** The names of the variables that its project gives its sandbox. */
  env: string[];
  /** Work that outlived the sandbox; null when nothing was to be kept. */
  kept: KeptRefs | null;
  /** The newest of its actions (a push, a pull request); null while there was none. */
  action: ActionRecord | null;
  /** The commit that its branch was last pushed with. */
  pushedCommit: string | null;
  pullRequest: PullRequestFold | null;
  /** What is changed in the checkout, as it was last seen; null before that. */
  changes: ChangesSummary | null;
  /** Why the last look at the changes saw nothing. */
  changesProblem: { code: FailureCode; reason: string; at: string } | null;
  sessionId: string;
  sessions: SessionRecord[];
  /** The most urgent of its sessions'; null while none has any. */
  activity: Activity | null;
  /** Whether nothing goes on without somebody: a question, a doubt or an error. */
  needsYou: boolean;
  position: string;
  createdAt: string;
  updatedAt: string;
}

/** Completes a record for those who see it now, with what is true of this process: the events may be of another. */
export type ShowRecord = (record: TaskRecord) => TaskRecord;

export function toSessionRecord(task: Task, session: SessionFold): SessionRecord {
  return {
    sessionId: session.sessionId,
    taskId: task.taskId,
    agentType: session.agentType,
    state: session.state,
    agentSessionId: session.agentSessionId,
    error: session.error,
    createdAt: session.createdAt,
    ...summaryFields(session, task),
  };
}

function summaryFields({ state, summary, wish }: SessionFold, { status }: Pick<Task, 'status'>) {
  const isOver = state === 'ended' || state === 'error';
  // What waits in a session of an archived task is sent when that is resumed.
  const isFinal = status === 'killed';
  const begins = status === 'error' ? null : ('starting' as const);
  return {
    activity: isOver ? ('ended' as const) : (summary?.activity ?? begins),
    queuedPrompts: isFinal ? 0 : (summary?.queuedPrompts ?? 0),
    unsurePrompts: isFinal ? 0 : (summary?.unsurePrompts ?? 0),
    pendingPermissions: isOver ? 0 : (summary?.pendingPermissions ?? 0),
    permissionPolicy: summary?.permissionPolicy ?? wish.permissionPolicy ?? 'ask',
    modeId: summary?.modeId ?? wish.modeId,
    modes: [...(summary?.modes ?? [])],
    model: summary?.model ?? wish.model,
    models: [...(summary?.models ?? [])],
    usage: summary?.usage ?? {},
    lastEntryAt: summary?.lastEntryAt ?? null,
  };
}

/** The most urgent activity of a task's sessions, and whether somebody is needed. */
export function activityOfTask(task: Task): Pick<TaskRecord, 'activity' | 'needsYou'> {
  const sessions = task.sessions.map((session) => summaryFields(session, task));
  const activity = mostUrgent(sessions.flatMap((session) => session.activity ?? []));
  const waits = sessions.some(
    ({ activity, pendingPermissions, unsurePrompts, queuedPrompts }) =>
      activity !== 'ended' &&
      (pendingPermissions + unsurePrompts > 0 || (activity === 'lost' && queuedPrompts > 0)),
  );
  return { activity, needsYou: waits || task.status === 'error' };
}

function newestAction(task: Task): ActionRecord | null {
  const action = task.actions.at(-1);
  return action === undefined ? null : toActionRecord(task, action);
}

/** How much was changed when it was last looked at; null before that. */
export function changesSummary({ changes, pushed }: Task): ChangesSummary | null {
  if (changes === null) return null;
  const { count: files, additions, deletions, ahead, behind, uncommitted, at } = changes;
  return { files, additions, deletions, ahead, behind, uncommitted, pushed: isPushed(changes, pushed), at };
}

/** A push that committed what was not committed ends on another commit than HEAD. */
function isPushed({ head, uncommitted, at }: ChangesFold, pushed: PushedBranch | null): boolean {
  if (pushed === null) return false;
  if (uncommitted === 0 && pushed.commit === head) return true;
  return pushed.at >= at && (uncommitted === 0 || pushed.commit !== head);
}

function toSetupRecord({ setup }: Task): SetupRecord | null {
  if (setup === null) return null;
  const { source, state, output } = setup;
  return { source, state, output };
}

function sleepRecord(task: Task): SleepRecord | null {
  const { lifecycle } = task;
  if (lifecycle === null) return null;
  const { idleStopAfter, maxAge, asleep, warned } = lifecycle;
  const deadline = asleep ?? deadlineOf(task);
  const isWarned = deadline !== null && (asleep !== null || warned?.at === deadline.at);
  return {
    idleStopAfter,
    maxAge,
    deadline: deadline?.at ?? null,
    for: deadline?.for ?? null,
    warned: isWarned,
  };
}

/** The record of a fold, or null when there is no task. */
export function toTaskRecord({ state, position }: VersionedTask): TaskRecord | null {
  if (state === null) return null;
  return {
    taskId: state.taskId,
    workspaceId: state.workspaceId,
    projectId: state.projectId,
    repoRemote: state.repoRemote,
    task: state.task,
    title: state.title,
    branchName: state.branchName,
    onBranch: state.onBranch,
    providerId: state.providerId,
    agentType: state.agentType,
    status: state.status,
    statusMessage: state.statusMessage,
    stage: state.stage,
    attempt: state.attempt,
    error: state.error,
    queue: state.queued && { ...state.queued, place: null },
    sleep: sleepRecord(state),
    sandboxId: state.sandboxId,
    sandboxPath: state.sandboxPath,
    ...(state.erased && { erased: true }),
    notices: [...state.notices],
    setup: toSetupRecord(state),
    env: [...(state.env?.names ?? [])],
    kept: state.kept,
    action: newestAction(state),
    pushedCommit: state.pushed?.commit ?? null,
    pullRequest: state.pullRequest,
    changes: changesSummary(state),
    changesProblem: state.changesProblem,
    sessionId: state.sessionId,
    sessions: state.sessions.map((session) => toSessionRecord(state, session)),
    ...activityOfTask(state),
    position: position.toString(),
    createdAt: state.createdAt,
    updatedAt: state.updatedAt,
  };
}
