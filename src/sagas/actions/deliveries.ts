import { actionOf } from '../../events/task/task-actions.js';
import type { Settings } from '../../platform/settings/settings.js';
import { LONGEST_WAIT_MS } from '../../repository/hosting/hosting.js';
import { FairTurns } from '../../platform/fair-turns.js';
import type { Process } from '../process.js';
import type { ActionRunner } from './action-runner.js';
import { ACTION_EVENT_TYPES, ACTION_GROUP, reactToAction, type RunAction } from './react-action.js';

const BUFFER_SIZE = 2_000;

/** What is done with a task's work: it waits for none of its stages, nor do they for it, and has a limit of its own. */
export function deliveries(runner: Pick<ActionRunner, 'run'>, { actions }: Settings): Process<RunAction> {
  const turns = new FairTurns(actions.concurrency);
  return {
    name: 'actions',
    group: ACTION_GROUP,
    types: ACTION_EVENT_TYPES,
    bufferSize: BUFFER_SIZE,
    longestMs: actions.timeoutMs + LONGEST_WAIT_MS,
    due: reactToAction,
    startIsAppended: ({ actionId }, task) => actionOf(task, actionId)?.state === 'requested',
    isKeptWaiting: () => Promise.resolve(false),
    turn: ({ workspaceId }, _next, stop, effect) => turns.run(workspaceId, stop, effect),
    run: (attempt) => runner.run(attempt),
  };
}
