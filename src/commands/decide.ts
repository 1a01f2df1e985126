import { isDeepStrictEqual } from 'node:util';
import type { SessionSummary } from '../events/session/session-summary.js';
import { evolve } from '../events/task/evolve.js';
import { hasMorePrompts } from '../events/task/lifecycle.js';
import type { TaskEvent } from '../events/task/task-events.js';
import type { Task, TaskState } from '../events/task/task-state.js';
import {
  STATUS_OF_STAGE,
  nextProvisioningStage,
  type SetupSource,
  type TaskStatus,
} from '../events/task/vocabulary.js';
import { noteChanges, noteChangesProblem, refreshChanges } from './decide-changes.js';
import { CommandRefusedError } from './command-refused.js';
import { decideAction } from './decide-actions.js';
import { admitTask, queueTask } from './decide-room.js';
import { noteTyping, sleepIfDue, wake, wakeIfAsked } from './decide-sleep.js';
import { archive, kill, resume, retry } from './decide-ways.js';
import type {
  CreateTask,
  FailSession,
  FailStage,
  GiveUpStage,
  StageOutcome,
  TaskCommand,
} from './task-commands.js';

type NoteSession = Extract<TaskCommand, { type: 'NoteSession' }>;

/** A task has at most so many sessions. */
export const MAX_SESSIONS = 100;

const OVER: readonly TaskStatus[] = ['archiving', 'archived', 'sleeping', 'killing', 'killed'];

/** Whether the task never comes to run (again): also when its way out has failed, for retry only goes on with that. */
const isOver = ({ status, error }: Task): boolean =>
  OVER.includes(error === null ? status : STATUS_OF_STAGE[error.stage]);

/**
 * The task decider: what follows from the command for the task as it is. Pure. A command that has
 * nothing (more) to do gives no events, so that every command may be repeated; one that is not legal
 * throws CommandRefusedError.
 */
export function decide(command: TaskCommand, state: TaskState): TaskEvent[] {
  if (command.type === 'CreateTask') return create(command, state);
  if (state === null) throw new CommandRefusedError('task_not_found', 'There is no such task.');
  switch (command.type) {
    case 'StartStage': {
      const { stage, attempt, at } = command;
      const isDue =
        state.stage === stage &&
        state.attempt === attempt &&
        !state.started &&
        state.queued === null &&
        state.status !== 'error';
      return isDue ? [{ type: 'StageStarted', data: { stage, attempt, at } }] : [];
    }
    case 'CompleteStage':
      return isUnderWay(state, command.outcome.stage, command.attempt) && !isOutOfDate(command.outcome, state)
        ? completed(command.outcome, state, command.at)
        : [];
    case 'FailStage':
      return isUnderWay(state, command.stage, command.attempt) ? stageFailed(command, state) : [];
    case 'GiveUpStage':
      return giveUp(command, state);
    case 'RequestSession':
      return requestSession(command, state);
    case 'CompleteSession': {
      const { sessionId, agentSessionId, worksInStream, at } = command;
      return isPendingSession(state, sessionId)
        ? [{ type: 'SessionCreated', data: { sessionId, agentSessionId, ...works(worksInStream), at } }]
        : [];
    }
    case 'FailSession':
      return sessionFailed(command, state);
    case 'NoteSession':
      return noteSession(command, state);
    case 'RefreshChanges':
      return refreshChanges(state, command.at);
    case 'NoteChanges':
      return noteChanges(state, command.seen, command.at);
    case 'NoteChangesProblem':
      return noteChangesProblem(state, command);
    case 'QueueTask':
      return queueTask(command, state);
    case 'AdmitTask':
      return admitTask(state, command.at);
    case 'SleepIfDue':
      return sleepIfDue(state, command.at);
    case 'NoteTyping':
      return noteTyping(state, command.until, command.at);
    case 'Wake':
      return wake(state, command.at);
    case 'Retry':
      return retry(state, command.at);
    case 'Archive':
      return archive(state, command.at);
    case 'Resume':
      return resume(state, command.at);
    case 'Kill':
      return kill(state, command.keepBranch, command.at);
    case 'DeleteKept':
      return state.kept === null ? [] : [{ type: 'KeptWorkDeleted', data: { at: command.at } }];
    case 'Erase':
      return erase(state, command.at);
    default:
      return decideAction(command, state);
  }
}

/** Only of a killed task: nothing is said in it any more. */
function erase({ status, erased }: Task, at: string): TaskEvent[] {
  if (erased) return [];
  if (status !== 'killed')
    throw new CommandRefusedError('task_not_killed', `The task is ${status}; kill it first.`);
  return [{ type: 'TaskErased', data: { at } }];
}

/** Whether this very attempt of the stage has been started and has no outcome yet. */
export function isUnderWay(task: Task, stage: Task['stage'], attempt: number): boolean {
  return task.stage === stage && task.attempt === attempt && task.started;
}

/** Whether the session is one that the saga opens for a running task, and is not open yet. */
export function isPendingSession(task: Task, sessionId: string): boolean {
  if (task.status !== 'running' || sessionId === task.sessionId) return false;
  return task.sessions.some((s) => s.sessionId === sessionId && s.state === 'pending_session_create');
}

function create(command: CreateTask, state: TaskState): TaskEvent[] {
  if (state !== null) throw new CommandRefusedError('task_exists', `Task ${state.taskId} exists already.`);
  const { type: _, ...data } = command;
  return [{ type: 'TaskCreated', data }];
}

/** The outcome, and in the same append the start of what follows: one write less for each stage. */
function completed(outcome: StageOutcome, task: Task, at: string): TaskEvent[] {
  const setup = outcome.stage === 'create_sandbox' ? setupOf(task, outcome) : undefined;
  const next = nextProvisioningStage(outcome.stage, { hasSetup: setup !== undefined });
  const started: TaskEvent[] =
    next === null ? [] : [{ type: 'StageStarted', data: { stage: next, attempt: 1, at } }];
  switch (outcome.stage) {
    case 'ensure_name':
      return [
        { type: 'TaskNamed', data: { title: outcome.title, branchName: outcome.branchName, at } },
        ...started,
      ];
    case 'create_sandbox':
      return [
        {
          type: 'SandboxCreated',
          data: {
            sandboxId: outcome.sandboxId,
            path: outcome.path,
            notices: outcome.notices && [...outcome.notices],
            setup,
            at,
          },
        },
        ...started,
      ];
    case 'run_setup':
      return [{ type: 'SetupFinished', data: { output: outcome.output, at } }, ...started];
    case 'ensure_agent': {
      const agent: TaskEvent = { type: 'AgentStarted', data: { endpoint: outcome.endpoint, at } };
      // A task that was resumed has its first session already.
      return evolve(task, agent)?.stage === next ? [agent, ...started] : [agent];
    }
    case 'create_session':
      return [
        {
          type: 'SessionCreated',
          data: {
            sessionId: task.sessionId,
            agentSessionId: outcome.agentSessionId,
            ...works(outcome.worksInStream),
            at,
          },
        },
      ];
    case 'release_sandbox':
      return [
        { type: 'SandboxReleased', data: { at } },
        { type: 'TaskArchived', data: { at } },
        ...wakeIfAsked(task, at),
      ];
    case 'destroy_sandbox':
      return [
        { type: 'SandboxDestroyed', data: { kept: outcome.kept, at } },
        { type: 'TaskKilled', data: { at } },
      ];
  }
}

/** Which setup the new sandbox gets: the task's goes before its project's, and that before what the repository brings. */
function setupOf(
  { setupCommands, setupFrom }: Task,
  { setupScript = false }: Extract<StageOutcome, { stage: 'create_sandbox' }>,
): SetupSource | undefined {
  if (setupCommands !== null) return setupFrom;
  return setupScript ? 'repository' : undefined;
}

/** Told only where it is so: what earlier versions stored says nothing. */
const works = (worksInStream = false) => (worksInStream ? { worksInStream } : {});

/** Somebody who was out of touch for a while gives the task a name that has turned out to be taken. */
const isOutOfDate = (outcome: StageOutcome, { takenBranches }: Task): boolean =>
  outcome.stage === 'ensure_name' && takenBranches.includes(outcome.branchName);

function stageFailed({ stage, attempt, at, branchName, failure }: FailStage, task: Task): TaskEvent[] {
  const { code, reason, retryable } = failure;
  if (stage === 'create_sandbox' && code === 'branch_taken' && task.branchWish === null) {
    // The name is Slipway's own, so it chooses another one; the caller has no part in this.
    if (branchName !== task.branchName) return [];
    return [
      { type: 'StageFailed', data: { stage, attempt, code, reason, retryable: true, nextAttemptAt: at, at } },
    ];
  }
  const nextAttemptAt = retryable ? failure.nextAttemptAt : undefined;
  const failed: TaskEvent = {
    type: 'StageFailed',
    data: { stage, attempt, code, reason, retryable, nextAttemptAt, at },
  };
  const output = failure.setupOutput;
  const told: TaskEvent[] = output === undefined ? [] : [{ type: 'SetupFailed', data: { output, at } }];
  if (nextAttemptAt !== undefined) return [...told, failed];
  return [
    ...told,
    failed,
    { type: 'ProvisioningFailed', data: { stage, attempts: attempt, code, reason, at } },
  ];
}

/** Also an attempt that was not begun: it never will be. */
function giveUp({ stage, attempt, code, reason, at }: GiveUpStage, task: Task): TaskEvent[] {
  if (task.status === 'error' || task.stage !== stage || task.attempt !== attempt) return [];
  return [{ type: 'ProvisioningFailed', data: { stage, attempts: attempt, code, reason, at } }];
}

function requestSession(command: Extract<TaskCommand, { type: 'RequestSession' }>, task: Task): TaskEvent[] {
  const isAsleep = (task.lifecycle?.asleep ?? null) !== null && task.status !== 'error';
  if (isOver(task) && !isAsleep) {
    throw new CommandRefusedError(
      'task_is_over',
      `The task is ${task.status}; a session needs a task that is alive.`,
    );
  }
  if (task.sessions.some((session) => session.sessionId === command.sessionId)) return [];
  if (task.sessions.length >= MAX_SESSIONS) {
    throw new CommandRefusedError(
      'too_many_sessions',
      `The task has ${MAX_SESSIONS} sessions already; create another task.`,
    );
  }
  const { type: _, agentType = task.agentType, prompt = '', ...asked } = command;
  return [{ type: 'SessionRequested', data: { ...asked, agentType, prompt } }, ...wake(task, command.at)];
}

/** Told only when something has changed but the time. */
function noteSession({ sessionId, summary, at }: NoteSession, task: Task): TaskEvent[] {
  const session = task.sessions.find((each) => each.sessionId === sessionId);
  if (task.status === 'killed' || session === undefined || isSame(session.summary, summary)) return [];
  const isAsked = hasMorePrompts(session, summary);
  return [
    { type: 'SessionActivityChanged', data: { sessionId, summary, at } },
    ...(isAsked ? wake(task, at) : []),
  ];
}

function isSame(before: SessionSummary | null, after: SessionSummary): boolean {
  return before !== null && isDeepStrictEqual({ ...before, lastEntryAt: '' }, { ...after, lastEntryAt: '' });
}

function sessionFailed({ sessionId, attempt, at, failure }: FailSession, task: Task): TaskEvent[] {
  const session = task.sessions.find((s) => s.sessionId === sessionId);
  if (!isPendingSession(task, sessionId) || session?.attempt !== attempt) return [];
  const nextAttemptAt = failure.retryable ? failure.nextAttemptAt : undefined;
  const { code, reason } = failure;
  return [{ type: 'SessionFailed', data: { sessionId, attempt, code, reason, nextAttemptAt, at } }];
}
