import { erased } from './erased.js';
import { lifecycleOf, lived, sleepText } from './lifecycle.js';
import { endActions, evolveActions } from './task-actions.js';
import type { KeptRefs, TaskEvent, TaskEventData } from './task-events.js';
import type { SetupFold, Task, TaskState, SessionFold } from './task-state.js';
import {
  SETUP_FILE,
  STATUS_OF_STAGE,
  type Stage,
  isProvisioning,
  nextProvisioningStage,
  roomText,
  stageText,
  waitText,
  type SessionState,
  type SetupState,
} from './vocabulary.js';

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
  const changed = { ...change(state, event), updatedAt: event.data.at };
  const after = changed.erased ? erased(changed) : changed;
  return withLifecycle(state, after, event);
}

/** A warning is told of as long as it holds. */
function withLifecycle(before: Task, after: Task, event: TaskEvent): Task {
  const lifecycle = lived(before, after, event);
  if (lifecycle === null) return after;
  const isOver = before.lifecycle!.warned !== null && lifecycle.warned === null && after.status === 'running';
  return { ...after, lifecycle, ...(isOver && { statusMessage: 'Running' }) };
}

function change(task: Task, event: TaskEvent): Task {
  switch (event.type) {
    case 'TaskCreated':
    // Its lifecycle alone changes.
    case 'TerminalUsed':
      return task;
    case 'TaskQueued':
      return queued(task, event.data);
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
        statusMessage: `${stageText(stage)}${again}${stage === 'run_setup' ? setupText(task) : waitText(stage)}`,
        stage,
        attempt,
        started: true,
        error: null,
        admitted: task.admitted || isProvisioning(stage),
        queued: null,
        sessions,
        setup: stage === 'run_setup' ? setupIn('running', task) : task.setup,
      };
    }
    case 'TaskNamed':
      return {
        ...due(task, nextProvisioningStage('ensure_name')),
        title: event.data.title,
        branchName: event.data.branchName,
      };
    case 'SandboxCreated': {
      const { setup: source } = event.data;
      return {
        ...due(task, nextProvisioningStage('create_sandbox', { hasSetup: source !== undefined })),
        setup: source === undefined ? null : { source, state: 'pending', run: 1, output: null },
        sandboxId: event.data.sandboxId,
        sandboxPath: event.data.path ?? null,
        notices: event.data.notices ?? [],
      };
    }
    case 'SetupFinished':
      return {
        ...due(task, nextProvisioningStage('run_setup')),
        setup: setupIn('done', task, endOf(event.data.output)),
      };
    case 'SetupFailed':
      return { ...task, setup: setupIn('failed', task, endOf(event.data.output)) };
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
      const setup = stage === 'run_setup' ? failedSetup(task) : task.setup;
      if (nextAttemptAt === undefined)
        return { ...task, stage, attempt, started: false, statusMessage: reason, setup };
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
        setup,
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
      const doing = stageText(stage).toLowerCase();
      return {
        ...due(task, stage),
        status: STATUS_OF_STAGE[stage],
        statusMessage: task.queued === null ? `Retry requested: ${doing} again` : `There is room: ${doing}`,
        error: null,
        admitted: task.admitted || task.queued !== null,
        queued: null,
        setup: stage === 'run_setup' ? setupIn('pending', task) : task.setup,
        sessions: mapSessions(task, (s) =>
          s.sessionId === task.sessionId && s.state === 'error'
            ? { ...s, state: 'pending_provision', error: null }
            : s,
        ),
      };
    }
    case 'SleepWarned':
      return {
        ...task,
        statusMessage: `Running; its sandbox stops at ${event.data.deadline}${event.data.for === 'idle' ? ' unless something happens' : ''}`,
      };
    case 'ArchiveRequested': {
      const { sleep, at } = event.data;
      return {
        ...due(task, 'release_sandbox'),
        status: 'archiving',
        statusMessage:
          sleep === undefined ? 'Archive requested' : `Going to sleep: ${sleepText(task, sleep.for)}`,
        error: null,
        queued: null,
        actions: endActions(task, 'The task was archived meanwhile.', at),
      };
    }
    case 'SandboxReleased':
      return due(task, null, 0);
    case 'SandboxDestroyed':
      return { ...due(task, null, 0), kept: event.data.kept ?? null };
    case 'TaskArchived':
      return archived(task);
    case 'ResumeRequested':
      return { ...task, statusMessage: 'Resume requested', sessions: awakenSessions(task) };
    case 'KillRequested':
      return {
        ...due(task, 'destroy_sandbox'),
        status: 'killing',
        statusMessage: 'Kill requested',
        error: null,
        queued: null,
        keepBranch: event.data.keepBranch,
        actions: endActions(task, 'The task was killed meanwhile.', event.data.at),
      };
    case 'TaskKilled':
      return {
        ...due(task, null, 0),
        status: 'killed',
        statusMessage: `Killed: sandbox, processes and files are gone${keptText(task.kept)}`,
        admitted: false,
        sessions: endSessions(task, 'the task was killed'),
      };
    case 'KeptWorkDeleted':
      return { ...task, kept: null, statusMessage: 'Killed: what was kept of its work was deleted' };
    case 'TaskErased':
      return { ...task, erased: true };
    case 'PushRequested':
    case 'PushStarted':
    case 'BranchPushed':
    case 'PushFailed':
    case 'PullRequestRequested':
    case 'PullRequestStarted':
    case 'PullRequestOpened':
    case 'PullRequestFailed':
    case 'PullRequestObserved':
      return evolveActions(task, event);
    case 'ChangesRefreshRequested':
      return { ...task, changesAsked: true };
    case 'ChangesObserved': {
      const { files: _, left, ...seen } = event.data;
      return {
        ...task,
        changes: { ...seen, leftOut: left.length },
        changesProblem: null,
        changesAsked: false,
      };
    }
    case 'ChangesNotObserved':
      return { ...task, changesProblem: event.data, changesAsked: false };
  }
}

function archived(task: Task): Task {
  const asleep = task.lifecycle?.asleep ?? null;
  return {
    ...due(task, null, 0),
    status: asleep ? 'sleeping' : 'archived',
    statusMessage: asleep
      ? `Sleeping, for ${sleepText(task, asleep.for)}: the next prompt wakes it`
      : 'Archived: the sandbox is released, its files are kept',
    admitted: false,
    sessions: endSessions(task, asleep ? 'the task sleeps' : 'the task was archived'),
  };
}

/** The stage that is due begins when there is room. */
function queued(task: Task, { for: waitsFor, limit, at }: TaskEventData<'TaskQueued'>): Task {
  return {
    ...task,
    status: 'init_enqueue_provision',
    statusMessage:
      waitsFor === undefined ? 'Waiting for its turn in the workspace' : roomText(waitsFor, limit ?? 0),
    queued: { since: task.queued?.since ?? at, for: waitsFor ?? null, limit: limit ?? null },
  };
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

/** A row is written with every event, so it has less of the output than the event. */
const SHOWN_OUTPUT = 2_000;
const endOf = (output: string): string => output.slice(-SHOWN_OUTPUT).toWellFormed();

const setupIn = (state: SetupState, { setup }: Task, output: string | null = null): SetupFold | null =>
  setup && { ...setup, state, output };

/** The next try is another run. */
const failedSetup = ({ setup }: Task): SetupFold | null =>
  setup && { ...setup, state: 'failed', run: setup.run + 1 };

const LONGEST_COMMAND = 100;

/** Which setup it is: the first of its commands, or the file. */
function setupText({ setup, setupCommands }: Task): string {
  if (setup?.source === 'repository') return `: ${SETUP_FILE}`;
  const line = (setupCommands ?? '').trim().split('\n', 1)[0]!;
  return `: ${line.length > LONGEST_COMMAND ? `${line.slice(0, LONGEST_COMMAND).toWellFormed()}…` : line}`;
}

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

/** The task as it is created: waiting for its first stage. */
export function created(data: TaskEventData<'TaskCreated'>): Task {
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
    admitted: false,
    queued: null,
    lifecycle: lifecycleOf(data),
    sandboxId: null,
    sandboxPath: null,
    notices: [],
    setupCommands: data.setup ?? null,
    setupFrom: data.setupFrom ?? 'task',
    env: data.env ?? null,
    submodules: data.submodules ?? false,
    setup: null,
    sessionId: data.sessionId,
    sessions: [requestedSession({ ...data, prompt: data.task }, 'pending_provision')],
    keepBranch: false,
    kept: null,
    actions: [],
    pushed: null,
    pullRequest: null,
    changes: null,
    changesProblem: null,
    changesAsked: false,
    requestHash: data.requestHash ?? null,
    createdAt: data.at,
    updatedAt: data.at,
  };
}

/** The task's sessions, each changed. */
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
    session.state === 'error' ? session : { ...session, state: 'ended', error: reason },
  );
}

/** What ended with an archived task waits for the sandbox's agent; what is said in no stream nobody can take up again. */
function awakenSessions(task: Task): readonly SessionFold[] {
  return mapSessions(task, (session) =>
    session.state === 'ended' && (session.agentSessionId === null || worksInStream(session))
      ? { ...session, state: 'pending_provision', attempt: 1, error: null }
      : session,
  );
}

/** Sessions that were opened before the task was archived are so again as soon as its agent is there. */
function readyAgain(task: Task): readonly SessionFold[] {
  return mapSessions(task, (session) =>
    session.state === 'pending_provision' && session.agentSessionId !== null && worksInStream(session)
      ? { ...session, state: 'ready' }
      : session,
  );
}

const worksInStream = ({ worksInStream, summary }: SessionFold): boolean => worksInStream || summary !== null;

/** A session that was asked for. */
function requestedSession(
  asked: Pick<
    TaskEventData<'SessionRequested'>,
    'sessionId' | 'agentType' | 'prompt' | 'permissionPolicy' | 'modeId' | 'model' | 'at'
  >,
  state: SessionState,
): SessionFold {
  const { sessionId, agentType, prompt, permissionPolicy, modeId, model, at } = asked;
  return {
    sessionId,
    agentType,
    prompt,
    state,
    attempt: 1,
    agentSessionId: null,
    error: null,
    wish: {
      permissionPolicy: permissionPolicy ?? null,
      modeId: modeId ?? null,
      model: model ?? null,
    },
    worksInStream: false,
    summary: null,
    createdAt: at,
  };
}
