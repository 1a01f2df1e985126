import type { TaskEvent, TaskEventType } from '../events/task/task-events.js';
import { asksForAnotherName } from '../events/task/evolve.js';
import type { Task, TaskState } from '../events/task/task-state.js';
import type { Stage } from '../events/task/vocabulary.js';

/** What the saga wants done next. `notBefore` (ISO 8601) is when; at once when it is absent. */
export type NextCommand =
  | {
      readonly type: 'RunStage';
      readonly stage: Stage;
      readonly attempt: number;
      readonly notBefore?: string;
    }
  | {
      readonly type: 'OpenSession';
      readonly sessionId: string;
      readonly attempt: number;
      readonly notBefore?: string;
    };

/** The event types that wake the saga: the others never change what is to be done. */
export const SAGA_EVENT_TYPES: readonly TaskEventType[] = [
  'TaskCreated',
  'TaskNamed',
  'SandboxCreated',
  'AgentStarted',
  'SessionRequested',
  'SessionCreated',
  'SessionFailed',
  'StageFailed',
  'RetryRequested',
  'ArchiveRequested',
  'KillRequested',
];

/**
 * The persistent subscription's name. Its filter cannot be changed: a saga that reacts to other types of
 * events needs a new name, and then sees all events again, to which the decider answers with nothing.
 */
export const SAGA_GROUP = 'slipway-saga-1';

const run = (stage: Stage, attempt = 1, notBefore?: string): Extract<NextCommand, { type: 'RunStage' }> => ({
  type: 'RunStage',
  stage,
  attempt,
  notBefore,
});

/**
 * The provisioning saga: the command that follows from the event for a task in this state (the state
 * with the event folded in, or any later one). Pure. An event may be delivered twice, late or out of
 * order: whether its command still makes sense is the decider's to say.
 */
export function react(state: TaskState, event: TaskEvent): NextCommand | null {
  if (state === null) return null;
  switch (event.type) {
    case 'TaskCreated':
      return run('ensure_name');
    case 'TaskNamed':
      return run('create_sandbox');
    case 'SandboxCreated':
      return state.setup === null ? run('ensure_agent') : setUp(state, run('run_setup'));
    case 'SetupFinished':
      return run('ensure_agent');
    case 'AgentStarted':
      return state.status === 'running' ? openNextPendingSession(state) : run('create_session');
    case 'StageFailed': {
      const { stage, attempt, nextAttemptAt } = event.data;
      if (asksForAnotherName(event.data)) return run('ensure_name');
      return nextAttemptAt === undefined ? null : setUp(state, run(stage, attempt + 1, nextAttemptAt));
    }
    case 'RetryRequested':
      return setUp(state, run(event.data.stage));
    case 'ArchiveRequested':
      return run('release_sandbox');
    case 'KillRequested':
      return run('destroy_sandbox');
    case 'SessionRequested':
      return openSession(state, event.data.sessionId);
    case 'SessionFailed': {
      const { sessionId, attempt, nextAttemptAt } = event.data;
      if (nextAttemptAt === undefined) return openNextPendingSession(state);
      return { type: 'OpenSession', sessionId, attempt: attempt + 1, notBefore: nextAttemptAt };
    }
    case 'SessionCreated':
      return openNextPendingSession(state);
    default:
      return null;
  }
}

/**
 * A setup's end wakes nobody, for the group's filter is fixed: what led to the setup comes again after a crash, and
 * goes on with the agent where the setup has ended meanwhile.
 */
const setUp = (task: Task, next: Extract<NextCommand, { type: 'RunStage' }>): NextCommand =>
  next.stage === 'run_setup' && task.setup?.state === 'done' ? run('ensure_agent') : next;

/** A session that was asked for before the task was running waits for SessionCreated of the first one. */
function openSession(task: Task, sessionId: string): NextCommand | null {
  const session = task.sessions.find((s) => s.sessionId === sessionId);
  if (task.status !== 'running' || session?.state !== 'pending_session_create') return null;
  return { type: 'OpenSession', sessionId, attempt: session.attempt };
}

/** Sessions that waited for the environment are opened one after the other. */
function openNextPendingSession(task: Task): NextCommand | null {
  const pending = task.sessions.find((s) => s.state === 'pending_session_create' && s.attempt === 1);
  return pending === undefined ? null : openSession(task, pending.sessionId);
}

/** What is to be done after the event, for a task in this state or a later one; null when nothing is (any more). Pure. */
export function due(state: TaskState, event: TaskEvent): NextCommand | null {
  const next = react(state, event);
  return next !== null && isDue(next, state) ? next : null;
}

/** Whether the command is still to be carried out, for a task as it is now; also when it was given up and can be retried. */
export function isDue(next: NextCommand, task: TaskState): boolean {
  if (task === null) return false;
  if (next.type === 'RunStage')
    return task.queued === null && task.stage === next.stage && task.attempt === next.attempt;
  const session = task.sessions.find(({ sessionId }) => sessionId === next.sessionId);
  return session?.state === 'pending_session_create' && session.attempt === next.attempt;
}
