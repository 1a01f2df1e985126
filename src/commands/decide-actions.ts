import { actionOf } from '../events/task/task-actions.js';
import { isUnfinished, type ActionKind } from '../events/task/action-state.js';
import type { TaskEvent } from '../events/task/task-events.js';
import type { Task } from '../events/task/task-state.js';
import type { ActionCommand } from './task-commands.js';
import { CommandRefusedError } from './command-refused.js';

type Request = Extract<ActionCommand, { type: 'RequestPush' | 'RequestPullRequest' }>;

/** The part of the decider that is about what is done with a task's work. As pure as the rest. */
export function decideAction(command: ActionCommand, task: Task): TaskEvent[] {
  switch (command.type) {
    case 'RequestPush':
    case 'RequestPullRequest':
      return request(command, task);
    case 'StartAction': {
      const { actionId, attempt, at } = command;
      const action = actionOf(task, actionId);
      if (action?.state !== 'requested' || action.attempt !== attempt) return [];
      const type = action.kind === 'push' ? 'PushStarted' : 'PullRequestStarted';
      return [{ type, data: { actionId, attempt, at } }];
    }
    case 'NotePush': {
      const { actionId, commit, remote, left = [], at } = command;
      const action = actionOf(task, actionId);
      if (!action || !isUnfinished(action) || action.commit === commit) return [];
      const without = left.length === 0 ? {} : { left: [...left] };
      return [{ type: 'BranchPushed', data: { actionId, commit, remote, ...without, at } }];
    }
    case 'NotePullRequest': {
      const { type: _, ...data } = command;
      const action = actionOf(task, data.actionId);
      if (action?.kind !== 'pull_request' || !isUnfinished(action)) return [];
      return [{ type: 'PullRequestOpened', data }];
    }
    case 'FailAction': {
      const { actionId, attempt, failure, at } = command;
      const action = actionOf(task, actionId);
      if (!action || !isUnfinished(action) || action.attempt !== attempt) return [];
      const { code, reason, retryable } = failure;
      const nextAttemptAt = retryable ? failure.nextAttemptAt : undefined;
      const type = action.kind === 'push' ? 'PushFailed' : 'PullRequestFailed';
      return [{ type, data: { actionId, attempt, code, reason, nextAttemptAt, at } }];
    }
    case 'ObservePullRequest': {
      const { type: _, ...data } = command;
      const known = task.pullRequest;
      if (task.status === 'killed' || known?.number !== data.number) return [];
      if (known.state === data.state && known.checks === data.checks && known.url === data.url) return [];
      return [{ type: 'PullRequestObserved', data }];
    }
  }
}

/** The one of that kind that is under way: whoever asks meanwhile is answered with it. */
export const actionUnderWay = (task: Task, kind: ActionKind) =>
  task.actions.find((action) => action.kind === kind && isUnfinished(action));

function request(command: Request, task: Task): TaskEvent[] {
  const { actionId, push, at } = command;
  const kind: ActionKind = command.type === 'RequestPush' ? 'push' : 'pull_request';
  if (actionOf(task, actionId) || actionUnderWay(task, kind)) return [];
  if (['killing', 'killed'].includes(task.status) || task.error?.stage === 'destroy_sandbox')
    throw new CommandRefusedError(
      'task_is_over',
      `The task is ${task.status}; nothing can be pushed from it.`,
    );
  if (task.sandboxId === null || task.branchName === null)
    throw new CommandRefusedError(
      'not_pushable',
      'The task has no sandbox yet, so there is nothing to push.',
    );
  const { message, includeUncommitted, force, author } = push;
  const asked = {
    ...{ actionId, includeUncommitted, force },
    ...(message !== null && { message }),
    ...(author !== undefined && { author }),
  };
  if (command.type === 'RequestPush') return [{ type: 'PushRequested', data: { ...asked, at } }];
  const { title, body, draft, base } = command.pullRequest;
  const given = Object.fromEntries(
    Object.entries({ title, body, base }).filter(([, value]) => value !== null),
  );
  return [{ type: 'PullRequestRequested', data: { ...asked, ...given, draft, at } }];
}
