import { NOTHING_YET, type Versioned } from '../fold.js';
import type { FailureCode } from '../failure-codes.js';
import type { KeptRefs, TaskEvent, TaskEventData } from './task-events.js';
import {
  STATUS_OF_STAGE,
  nextProvisioningStage,
  type SessionState,
  type Stage,
  type TaskStatus,
} from './vocabulary.js';

export interface SessionFold {
  readonly sessionId: string;
  readonly agentType: string;
  readonly prompt: string;
  readonly state: SessionState;
  /** The attempt that is due or under way. */
  readonly attempt: number;
  readonly agentSessionId: string | null;
  readonly error: string | null;
  readonly createdAt: string;
}

/** Why a task is in `error`, and from where `retry` goes on. */
export interface TaskError {
  /** For an event that cannot be read: the stage that was due, or else the one that ended last. */
  readonly stage: Stage;
  readonly attempts: number;
  readonly code: FailureCode;
  readonly reason: string;
  readonly at: string;
}

/** A task as the fold of its events. */
export interface Task {
  readonly taskId: string;
  readonly workspaceId: string;
  readonly projectId: string;
  readonly repoRemote: string;
  readonly task: string;
  readonly title: string | null;
  /** The reserved branch; before that the one that was asked for, if any. */
  readonly branchName: string | null;
  /** The one that the caller asked for; null where Slipway chooses. */
  readonly branchWish: string | null;
  /** Branches that Slipway chose and that the repository turned out to have. */
  readonly takenBranches: readonly string[];
  readonly onBranch: string | null;
  readonly providerId: string;
  readonly agentType: string;
  readonly status: TaskStatus;
  readonly statusMessage: string;
  /** The stage that is due, under way or failed; null when nothing is to be done. */
  readonly stage: Stage | null;
  readonly attempt: number;
  /** Whether the stage's attempt has been started (its intent is stored) or is still due. */
  readonly started: boolean;
  readonly error: TaskError | null;
  /** There where an event of the stream cannot be read: the fold is as of the event before it, and goes no further. */
  readonly unreadable?: true;
  readonly sandboxId: string | null;
  readonly sandboxPath: string | null;
  /** What people should know of the checkout, a sentence each. */
  readonly notices: readonly string[];
  /** The first session. */
  readonly sessionId: string;
  readonly sessions: readonly SessionFold[];
  readonly keepBranch: boolean;
  /** Work that outlived the sandbox, and where. */
  readonly kept: KeptRefs | null;
  readonly requestHash: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Null before `TaskCreated`. */
export type TaskState = Task | null;

/** A task's fold and how far in its stream it is. */
export type VersionedTask = Versioned<Task>;

export const NO_TASK: VersionedTask = NOTHING_YET;

const STAGE_TEXT: Record<Stage, string> = {
  ensure_name: 'Choosing a title and a branch',
  create_sandbox: 'Creating the sandbox',
  ensure_agent: 'Starting the agent',
  create_session: 'Opening the session',
  release_sandbox: 'Releasing the sandbox',
  destroy_sandbox: 'Destroying the sandbox',
};

/** What a stage does, in words for people. */
export const stageText = (stage: Stage): string => STAGE_TEXT[stage];

function mapSessions(task: Task, change: (session: SessionFold) => SessionFold): readonly SessionFold[] {
  return task.sessions.map(change);
}

/** A session waits for the environment until the task's agent is there, then for its own creation. */
function withPendingSessionsAs(task: Task, state: SessionState): readonly SessionFold[] {
  return mapSessions(task, (session) =>
    session.state === 'pending_provision' || session.state === 'pending_session_create'
      ? { ...session, state }
      : session,
  );
}

/** No session outlives its sandbox's processes. */
function endSessions(task: Task, reason: string): readonly SessionFold[] {
  return mapSessions(task, (session) =>
    session.state === 'error' ? session : { ...session, state: 'error', error: reason },
  );
}

/** A stage comes due: its start is not yet stored. */
const due = (task: Task, stage: Stage | null, attempt = 1): Task => ({
  ...task,
  stage,
  attempt,
  started: false,
});

/**
 * The state after the event. Total and pure: an event that does not fit the state (which only a foreign
 * writer could store) leaves what it cannot change.
 */
export function evolve(state: TaskState, event: TaskEvent): TaskState {
  if (state === null) return event.type === 'TaskCreated' ? created(event.data) : null;
  return { ...change(state, event), updatedAt: event.data.at };
}

function created(data: Extract<TaskEvent, { type: 'TaskCreated' }>['data']): Task {
  return {
    taskId: data.taskId,
    workspaceId: data.workspaceId,
    projectId: data.projectId,
    repoRemote: data.repoRemote,
    task: data.task,
    title: data.title ?? null,
    branchName: data.branchName ?? null,
    branchWish: data.branchName ?? null,
    takenBranches: [],
    onBranch: data.onBranch ?? null,
    providerId: data.providerId,
    agentType: data.agentType,
    status: 'init_enqueue_provision',
    statusMessage: 'Waiting to be provisioned',
    stage: 'ensure_name',
    attempt: 1,
    started: false,
    error: null,
    sandboxId: null,
    sandboxPath: null,
    notices: [],
    sessionId: data.sessionId,
    sessions: [
      {
        sessionId: data.sessionId,
        agentType: data.agentType,
        prompt: data.task,
        state: 'pending_provision',
        attempt: 1,
        agentSessionId: null,
        error: null,
        createdAt: data.at,
      },
    ],
    keepBranch: false,
    kept: null,
    requestHash: data.requestHash ?? null,
    createdAt: data.at,
    updatedAt: data.at,
  };
}

function change(task: Task, event: TaskEvent): Task {
  switch (event.type) {
    case 'TaskCreated':
      return task;
    case 'StageStarted': {
      const { stage, attempt } = event.data;
      const sessions =
        stage === 'create_session'
          ? mapSessions(task, (s) =>
              s.sessionId === task.sessionId && s.state !== 'ready'
                ? { ...s, state: 'pending_session_create', attempt }
                : s,
            )
          : task.sessions;
      const again = attempt > 1 ? ` (attempt ${attempt})` : '';
      return {
        ...task,
        status: STATUS_OF_STAGE[stage],
        statusMessage: `${STAGE_TEXT[stage]}${again}`,
        stage,
        attempt,
        started: true,
        error: null,
        sessions,
      };
    }
    case 'TaskNamed':
      return {
        ...due(task, nextProvisioningStage('ensure_name')),
        title: event.data.title,
        branchName: event.data.branchName,
      };
    case 'SandboxCreated':
      return {
        ...due(task, nextProvisioningStage('create_sandbox')),
        sandboxId: event.data.sandboxId,
        sandboxPath: event.data.path ?? null,
        notices: event.data.notices ?? [],
      };
    case 'AgentStarted':
      return due(task, nextProvisioningStage('ensure_agent'));
    case 'SessionRequested':
      return {
        ...task,
        sessions: [
          ...task.sessions,
          {
            sessionId: event.data.sessionId,
            agentType: event.data.agentType,
            prompt: event.data.prompt,
            state: task.status === 'running' ? 'pending_session_create' : 'pending_provision',
            attempt: 1,
            agentSessionId: null,
            error: null,
            createdAt: event.data.at,
          },
        ],
      };
    case 'SessionCreated':
      return sessionCreated(task, event.data);
    case 'SessionFailed': {
      const { sessionId, attempt, reason, nextAttemptAt } = event.data;
      return {
        ...task,
        sessions: mapSessions(task, (s) =>
          s.sessionId !== sessionId
            ? s
            : nextAttemptAt === undefined
              ? { ...s, state: 'error', error: reason }
              : { ...s, attempt: attempt + 1, error: reason },
        ),
      };
    }
    case 'StageFailed': {
      const { stage, attempt, reason, nextAttemptAt } = event.data;
      if (nextAttemptAt === undefined)
        return { ...task, stage, attempt, started: false, statusMessage: reason };
      if (asksForAnotherName(event.data)) {
        return {
          ...due(task, 'ensure_name'),
          branchName: null,
          takenBranches:
            task.branchName === null ? task.takenBranches : [...task.takenBranches, task.branchName],
          statusMessage: `Choosing another branch: ${reason}`,
        };
      }
      return {
        ...due(task, stage, attempt + 1),
        statusMessage: `${STAGE_TEXT[stage]} failed (attempt ${attempt}), next at ${nextAttemptAt}: ${reason}`,
      };
    }
    case 'ProvisioningFailed': {
      const { stage, attempts, code, reason, at } = event.data;
      return {
        ...task,
        status: 'error',
        statusMessage: `${STAGE_TEXT[stage]} failed after ${attempts} attempt${attempts === 1 ? '' : 's'}: ${reason}`,
        stage,
        attempt: attempts,
        started: false,
        error: { stage, attempts, code, reason, at },
        sessions:
          stage === 'create_session'
            ? mapSessions(task, (s) =>
                s.sessionId === task.sessionId ? { ...s, state: 'error', error: reason } : s,
              )
            : task.sessions,
      };
    }
    case 'RetryRequested': {
      const { stage } = event.data;
      return {
        ...due(task, stage),
        status: STATUS_OF_STAGE[stage],
        statusMessage: `Retry requested: ${STAGE_TEXT[stage].toLowerCase()} again`,
        error: null,
        sessions: mapSessions(task, (s) =>
          s.sessionId === task.sessionId && s.state === 'error'
            ? { ...s, state: 'pending_provision', error: null }
            : s,
        ),
      };
    }
    case 'ArchiveRequested':
      return {
        ...due(task, 'release_sandbox'),
        status: 'archiving',
        statusMessage: 'Archive requested',
        error: null,
      };
    case 'SandboxReleased':
      return due(task, null, 0);
    case 'SandboxDestroyed':
      return { ...due(task, null, 0), kept: event.data.kept ?? null };
    case 'TaskArchived':
      return {
        ...due(task, null, 0),
        status: 'archived',
        statusMessage: 'Archived: the sandbox is released, its files are kept',
        sessions: endSessions(task, 'the task was archived'),
      };
    case 'KillRequested':
      return {
        ...due(task, 'destroy_sandbox'),
        status: 'killing',
        statusMessage: 'Kill requested',
        error: null,
        keepBranch: event.data.keepBranch,
      };
    case 'TaskKilled':
      return {
        ...due(task, null, 0),
        status: 'killed',
        statusMessage: `Killed: sandbox, processes and files are gone${keptText(task.kept)}`,
        sessions: endSessions(task, 'the task was killed'),
      };
  }
}

function keptText(kept: KeptRefs | null): string {
  if (kept === null) return '';
  return kept.count === 0 ? '; there was no work to keep' : `; its work is kept in ${kept.where}`;
}

/**
 * Whether the stage failed because the repository has the branch that Slipway chose, and goes on with another name
 * (there is no next attempt for a branch that the caller chose).
 */
export const asksForAnotherName = ({ stage, code, nextAttemptAt }: TaskEventData<'StageFailed'>): boolean =>
  stage === 'create_sandbox' && code === 'branch_taken' && nextAttemptAt !== undefined;

function sessionCreated(task: Task, data: { sessionId: string; agentSessionId: string }): Task {
  const ready: Task = {
    ...task,
    sessions: mapSessions(task, (s) =>
      s.sessionId === data.sessionId
        ? { ...s, state: 'ready', agentSessionId: data.agentSessionId, error: null }
        : s,
    ),
  };
  if (data.sessionId !== task.sessionId || task.stage !== 'create_session') return ready;
  return {
    ...due(ready, null, 0),
    status: 'running',
    statusMessage: 'Running',
    error: null,
    sessions: withPendingSessionsAs(ready, 'pending_session_create'),
  };
}
