import type { FailureCode } from '../failure-codes.js';
import type { SessionSummary } from '../session/session-summary.js';
import { mostUrgent, type Activity, type PermissionPolicy } from '../session/session-vocabulary.js';
import type { KeptRefs } from './task-events.js';
import type { SessionState, Stage, TaskStatus } from './vocabulary.js';
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
  /** What it is doing; null in a session that works in no stream (yet). */
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
  sandboxId: string | null;
  sandboxPath: string | null;
  /** What people should know of the checkout (what is not in it, say), a sentence each. */
  notices: string[];
  /** Work that outlived the sandbox; null when nothing was to be kept. */
  kept: KeptRefs | null;
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
    ...summaryFields(session),
  };
}

function summaryFields({ state, summary, wish }: SessionFold) {
  const isOver = state === 'ended' || state === 'error';
  return {
    activity: summary === null ? null : isOver ? ('ended' as const) : summary.activity,
    queuedPrompts: summary?.queuedPrompts ?? 0,
    unsurePrompts: summary?.unsurePrompts ?? 0,
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
  const sessions = task.sessions.map(summaryFields);
  const activity = mostUrgent(sessions.flatMap((session) => session.activity ?? []));
  const waits = sessions.some(
    ({ activity, pendingPermissions, unsurePrompts, queuedPrompts }) =>
      activity !== 'ended' &&
      (pendingPermissions + unsurePrompts > 0 || (activity === 'lost' && queuedPrompts > 0)),
  );
  return { activity, needsYou: waits || task.status === 'error' };
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
    sandboxId: state.sandboxId,
    sandboxPath: state.sandboxPath,
    notices: [...state.notices],
    kept: state.kept,
    sessionId: state.sessionId,
    sessions: state.sessions.map((session) => toSessionRecord(state, session)),
    ...activityOfTask(state),
    position: position.toString(),
    createdAt: state.createdAt,
    updatedAt: state.updatedAt,
  };
}
