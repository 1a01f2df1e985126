import { created } from './created.js';
import type { KeptRefs, TaskEvent, TaskEventData } from './task-events.js';
import {
  awakenSessions,
  endSessions,
  mapSessions,
  readyAgain,
  requestedSession,
  withPendingSessionsAs,
} from './task-sessions.js';
import type { Task, TaskState } from './task-state.js';
import { STATUS_OF_STAGE, type Stage, nextProvisioningStage, stageText, waitText } from './vocabulary.js';

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
        statusMessage: `${stageText(stage)}${again}${waitText(stage)}`,
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
      return agentStarted(task);
    case 'SessionRequested': {
      const state = task.status === 'running' ? 'pending_session_create' : 'pending_provision';
      return { ...task, sessions: [...task.sessions, requestedSession(event.data, state)] };
    }
    case 'SessionCreated':
      return sessionCreated(task, event.data);
    case 'SessionActivityChanged': {
      const { sessionId, summary } = event.data;
      return {
        ...task,
        sessions: mapSessions(task, (s) => (s.sessionId === sessionId ? { ...s, summary } : s)),
      };
    }
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
        statusMessage: `${stageText(stage)} failed (attempt ${attempt}), next at ${nextAttemptAt}: ${reason}`,
      };
    }
    case 'ProvisioningFailed': {
      const { stage, attempts, code, reason, at } = event.data;
      return {
        ...task,
        status: 'error',
        statusMessage: `${stageText(stage)} failed after ${attempts} attempt${attempts === 1 ? '' : 's'}: ${reason}`,
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
        statusMessage: `Retry requested: ${stageText(stage).toLowerCase()} again`,
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
    case 'ResumeRequested':
      return { ...task, statusMessage: 'Resume requested', sessions: awakenSessions(task) };
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

/** The task's first session is opened next; that of a task that was resumed is there already. */
function agentStarted(task: Task): Task {
  const sessions = readyAgain(task);
  const first = sessions.find(({ sessionId }) => sessionId === task.sessionId);
  if (first?.state !== 'ready' && first?.state !== 'ended')
    return { ...due(task, nextProvisioningStage('ensure_agent')), sessions };
  return running({ ...task, sessions });
}

/** Sessions that wait are opened now. */
const running = (task: Task): Task => ({
  ...due(task, null, 0),
  status: 'running',
  statusMessage: 'Running',
  error: null,
  sessions: withPendingSessionsAs(task, 'pending_session_create'),
});

function sessionCreated(task: Task, data: TaskEventData<'SessionCreated'>): Task {
  const ready: Task = {
    ...task,
    sessions: mapSessions(task, (s) =>
      s.sessionId === data.sessionId
        ? {
            ...s,
            state: 'ready',
            agentSessionId: data.agentSessionId,
            worksInStream: data.worksInStream ?? false,
            error: null,
          }
        : s,
    ),
  };
  return data.sessionId === task.sessionId && task.stage === 'create_session' ? running(ready) : ready;
}
