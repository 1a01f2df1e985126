import type { CreateTask, Failure, StageOutcome, TaskCommand } from '../../src/commands/task-commands.js';
import type { TaskEvent } from '../../src/events/task/task-events.js';
import type { Stage } from '../../src/events/task/vocabulary.js';
import { FIRST_SESSION, NOW, SECOND_SESSION, TASK_ID } from './task-history.js';

/** Commands with everything filled in, asked now; what they lead to matches the events of task-history.ts. */

/** The event as it would be stored now. */
export const now = (event: TaskEvent): TaskEvent =>
  ({ type: event.type, data: { ...event.data, at: NOW } }) as TaskEvent;

export const create: CreateTask = {
  type: 'CreateTask',
  at: NOW,
  taskId: TASK_ID,
  workspaceId: 'default',
  projectId: '99999999-9999-4999-8999-999999999999',
  repoRemote: 'https://github.com/acme/shop.git',
  task: 'fix: the login page forgets the language',
  providerId: 'simulated',
  agentType: 'mock',
  sessionId: FIRST_SESSION,
};
export const start = (stage: Stage, attempt = 1): TaskCommand => ({
  type: 'StartStage',
  stage,
  attempt,
  at: NOW,
});
export const outcomes: { [S in Stage]: Extract<StageOutcome, { stage: S }> } = {
  ensure_name: {
    stage: 'ensure_name',
    title: 'The login page forgets the language',
    branchName: 'fix-login-language',
  },
  create_sandbox: { stage: 'create_sandbox', sandboxId: 'box-1', path: '/sandboxes/1' },
  run_setup: { stage: 'run_setup', output: 'added 3 packages\n' },
  ensure_agent: { stage: 'ensure_agent', endpoint: 'http://127.0.0.1:4000' },
  create_session: { stage: 'create_session', agentSessionId: `agent-${FIRST_SESSION}` },
  release_sandbox: { stage: 'release_sandbox' },
  destroy_sandbox: { stage: 'destroy_sandbox' },
};
export const complete = (stage: Stage, attempt = 1): TaskCommand => ({
  type: 'CompleteStage',
  attempt,
  at: NOW,
  outcome: outcomes[stage],
});
const broken: Failure = { code: 'git_failed', reason: 'it broke', retryable: true };
export const fail = (stage: Stage, attempt = 1, failure: Partial<Failure> = {}): TaskCommand => ({
  type: 'FailStage',
  stage,
  attempt,
  branchName: stage === 'ensure_name' ? null : outcomes.ensure_name.branchName,
  at: NOW,
  failure: { ...broken, ...failure },
});
export const requestSession = (sessionId = SECOND_SESSION): TaskCommand => ({
  type: 'RequestSession',
  sessionId,
  at: NOW,
});
export const completeSession = (sessionId = SECOND_SESSION): TaskCommand => ({
  type: 'CompleteSession',
  sessionId,
  agentSessionId: `agent-${sessionId}`,
  at: NOW,
});
export const failSession = (
  sessionId: string,
  attempt: number,
  failure: Partial<Failure> = {},
): TaskCommand => ({
  type: 'FailSession',
  sessionId,
  attempt,
  at: NOW,
  failure: { code: 'agent_unhealthy', reason: 'no answer', retryable: true, ...failure },
});
export const retry: TaskCommand = { type: 'Retry', at: NOW };
export const archive: TaskCommand = { type: 'Archive', at: NOW };
export const resume: TaskCommand = { type: 'Resume', at: NOW };
export const kill: TaskCommand = { type: 'Kill', keepBranch: false, at: NOW };
