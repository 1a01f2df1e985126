import type { SleepReason } from '../../src/events/task/lifecycle-state.js';
import type { ObservedChanges } from '../../src/events/task/changes.js';
import type { TaskEvent, TaskEventData } from '../../src/events/task/task-events.js';
import type { SetupSource, Stage, TaskStatus } from '../../src/events/task/vocabulary.js';

/** Events with their data filled in, and the shortest history that leads to each status: material for specifications. */

export const TASK_ID = '7b0f7f2e-5a55-4a55-9a55-0123456789ab';
export const FIRST_SESSION = '11111111-1111-4111-8111-111111111111';
export const SECOND_SESSION = '22222222-2222-4222-8222-222222222222';
export const THIRD_SESSION = '33333333-3333-4333-8333-333333333333';

/** The clock of everything that has happened. */
export const AT = '2026-01-02T03:04:05.678Z';
/** The clock of what is asked now. */
export const NOW = '2026-01-02T03:05:00.000Z';
/** When a next attempt is made. */
export const SOON = '2026-01-02T03:05:01.000Z';

const at = AT;

export const created = (over: Partial<TaskEventData<'TaskCreated'>> = {}): TaskEvent => ({
  type: 'TaskCreated',
  data: {
    taskId: TASK_ID,
    workspaceId: 'default',
    projectId: '99999999-9999-4999-8999-999999999999',
    repoRemote: 'https://github.com/acme/shop.git',
    task: 'fix: the login page forgets the language',
    providerId: 'simulated',
    agentType: 'mock',
    sessionId: FIRST_SESSION,
    at,
    ...over,
  },
});
export const started = (stage: Stage, attempt = 1): TaskEvent => ({
  type: 'StageStarted',
  data: { stage, attempt, at },
});
export const named = (): TaskEvent => ({
  type: 'TaskNamed',
  data: { title: 'The login page forgets the language', branchName: 'fix-login-language', at },
});
export const sandboxCreated = (): TaskEvent => ({
  type: 'SandboxCreated',
  data: { sandboxId: 'box-1', path: '/sandboxes/1', at },
});
/** A sandbox that is to be set up before its agent starts. */
export const sandboxToSetUp = (source: SetupSource = 'repository'): TaskEvent => ({
  type: 'SandboxCreated',
  data: { sandboxId: 'box-1', path: '/sandboxes/1', setup: source, at },
});
export const setupFinished = (): TaskEvent => ({
  type: 'SetupFinished',
  data: { output: 'added 3 packages\n', at },
});
export const setupFailed = (): TaskEvent => ({
  type: 'SetupFailed',
  data: { output: 'no such package\n', at },
});
export const agentStarted = (): TaskEvent => ({
  type: 'AgentStarted',
  data: { endpoint: 'http://127.0.0.1:4000', at },
});
export const sessionCreated = (sessionId = FIRST_SESSION): TaskEvent => ({
  type: 'SessionCreated',
  data: { sessionId, agentSessionId: `agent-${sessionId}`, at },
});
export const sessionRequested = (sessionId = SECOND_SESSION): TaskEvent => ({
  type: 'SessionRequested',
  data: { sessionId, agentType: 'mock', prompt: '', at },
});
/** Without `nextAttemptAt` no further attempt follows. */
export const sessionFailed = (sessionId: string, attempt: number, nextAttemptAt?: string): TaskEvent => ({
  type: 'SessionFailed',
  data: { sessionId, attempt, code: 'agent_unhealthy', reason: 'no answer', nextAttemptAt, at },
});
/** Without `nextAttemptAt` no further attempt follows: `provisioningFailed` has to come next. */
export const stageFailed = (stage: Stage, attempt = 1, nextAttemptAt?: string): TaskEvent => ({
  type: 'StageFailed',
  data: { stage, attempt, code: 'git_failed', reason: 'it broke', retryable: true, nextAttemptAt, at },
});
export const provisioningFailed = (stage: Stage, attempts = 1): TaskEvent => ({
  type: 'ProvisioningFailed',
  data: { stage, attempts, code: 'git_failed', reason: 'it broke', at },
});
export const retryRequested = (stage: Stage): TaskEvent => ({ type: 'RetryRequested', data: { stage, at } });
export const archiveRequested = (): TaskEvent => ({ type: 'ArchiveRequested', data: { at } });
/** What a deadline leads to. */
export const sleepWarned = (reason: SleepReason, deadline: string): TaskEvent => ({
  type: 'SleepWarned',
  data: { for: reason, deadline, at },
});
export const terminalUsed = (until: string): TaskEvent => ({ type: 'TerminalUsed', data: { until, at } });
export const sleepRequested = (reason: SleepReason, deadline: string): TaskEvent => ({
  type: 'ArchiveRequested',
  data: { sleep: { for: reason, deadline }, at },
});
export const sandboxReleased = (): TaskEvent => ({ type: 'SandboxReleased', data: { at } });
export const taskArchived = (): TaskEvent => ({ type: 'TaskArchived', data: { at } });
export const resumeRequested = (): TaskEvent => ({ type: 'ResumeRequested', data: { at } });
export const killRequested = (keepBranch = false): TaskEvent => ({
  type: 'KillRequested',
  data: { keepBranch, at },
});
export const sandboxDestroyed = (): TaskEvent => ({ type: 'SandboxDestroyed', data: { at } });
export const taskKilled = (): TaskEvent => ({ type: 'TaskKilled', data: { at } });

export const seenChanges: ObservedChanges = {
  base: 'a'.repeat(40),
  head: 'b'.repeat(40),
  branch: 'fix-login-language',
  tree: 'c'.repeat(40),
  ...{ ahead: 1, behind: 0, count: 1, additions: 3, deletions: 1, uncommitted: 1 },
  files: [{ path: 'src/login.ts', status: 'modified', additions: 3, deletions: 1, binary: false }],
  left: [],
  truncated: false,
};
export const changesRefreshRequested = (): TaskEvent => ({ type: 'ChangesRefreshRequested', data: { at } });
export const changesObserved = (over: Partial<ObservedChanges> = {}): TaskEvent => ({
  type: 'ChangesObserved',
  data: { ...seenChanges, ...over, at },
});
export const changesNotObserved = (): TaskEvent => ({
  type: 'ChangesNotObserved',
  data: { code: 'checkout_unreadable', reason: 'it is no checkout', at },
});

const enqueued = [created()];
const naming = [...enqueued, started('ensure_name')];
const creatingSandbox = [...naming, named(), started('create_sandbox')];
/** In its setup; the status is still that of the sandbox's making. */
export const settingUp = [...creatingSandbox, sandboxToSetUp(), started('run_setup')];
const ensuringAgent = [...creatingSandbox, sandboxCreated(), started('ensure_agent')];
const creatingSession = [...ensuringAgent, agentStarted(), started('create_session')];
const running = [...creatingSession, sessionCreated()];
const archiving = [...running, archiveRequested(), started('release_sandbox')];
const sleepingAfter = (history: readonly TaskEvent[]) => {
  const [first, ...rest] = history;
  const limited = { type: 'TaskCreated', data: { ...first!.data, idleStopAfter: 60 } } as TaskEvent;
  const way = [sleepRequested('idle', at), started('release_sandbox'), sandboxReleased(), taskArchived()];
  return [limited, ...rest, ...way];
};
const killing = [...running, killRequested(), started('destroy_sandbox')];

/** For each status a history that ends in it, with the stage of the status under way if it has one. */
export const HISTORIES: Record<TaskStatus, readonly TaskEvent[]> = {
  init_enqueue_provision: enqueued,
  init_ensure_name: naming,
  init_create_sandbox: creatingSandbox,
  init_ensure_agent: ensuringAgent,
  init_create_session: creatingSession,
  running,
  error: [...ensuringAgent, stageFailed('ensure_agent'), provisioningFailed('ensure_agent')],
  archiving,
  archived: [...archiving, sandboxReleased(), taskArchived()],
  sleeping: sleepingAfter(running),
  killing,
  killed: [...killing, sandboxDestroyed(), taskKilled()],
};

/** A history in which the stage has failed for good. */
export const failedIn = (stage: Stage): readonly TaskEvent[] => {
  const before: Record<Stage, readonly TaskEvent[]> = {
    ensure_name: naming,
    create_sandbox: creatingSandbox,
    run_setup: settingUp,
    ensure_agent: ensuringAgent,
    create_session: creatingSession,
    release_sandbox: archiving,
    destroy_sandbox: killing,
  };
  return [...before[stage], stageFailed(stage), provisioningFailed(stage)];
};
