import { isUnfinished, type ActionFold, type PushWish } from './action-state.js';
import type { TaskEvent, TaskEventData } from './task-events.js';
import type { Task } from './task-state.js';

/** The newest of a task's actions that its fold has; those under way are always among them. */
const MOST_ACTIONS = 20;

export const actionOf = (task: Task, actionId: string): ActionFold | undefined =>
  task.actions.find((action) => action.actionId === actionId);

type ActionEvent = Extract<TaskEvent, { type: `Push${string}` | `PullRequest${string}` | 'BranchPushed' }>;

const NO_PULL_REQUEST = { url: null, number: null, error: null, commit: null };

const pushWish = ({
  message,
  includeUncommitted,
  force,
  author,
}: TaskEventData<'PushRequested'>): PushWish => ({
  ...{ message: message ?? null, includeUncommitted, force },
  ...(author !== undefined && { author }),
});

/** The task with its actions as they are after the event. */
export function evolveActions(task: Task, event: ActionEvent): Task {
  const { at } = event.data;
  switch (event.type) {
    case 'PushRequested': {
      const { actionId } = event.data;
      const push = pushWish(event.data);
      return added(task, { actionId, kind: 'push', push, pullRequest: null, message: 'Push requested' }, at);
    }
    case 'PullRequestRequested': {
      const { actionId } = event.data;
      const { title = null, body = null, draft, base = null } = event.data;
      return added(
        task,
        {
          actionId,
          kind: 'pull_request',
          push: pushWish(event.data),
          pullRequest: { title, body, draft, base },
          message: 'Pull request requested',
        },
        at,
      );
    }
    case 'PushStarted':
    case 'PullRequestStarted':
      return changed(task, event.data.actionId, (action) => ({
        ...action,
        state: 'running',
        attempt: event.data.attempt,
        startedAt: action.startedAt ?? at,
        message: `${event.type === 'PushStarted' ? 'Pushing the branch' : 'Opening the pull request'}${event.data.attempt > 1 ? ` (attempt ${event.data.attempt})` : ''}`,
      }));
    case 'BranchPushed': {
      const { actionId, commit, remote, left = [] } = event.data;
      const without = left.length === 0 ? '' : `; not in it: ${left.join(', ')}`;
      const pushed = changed(task, actionId, (action) =>
        action.kind === 'push'
          ? {
              ...ended(action, at),
              state: 'done',
              commit,
              message: `Pushed ${commit.slice(0, 8)} to ${remote}${without}`,
            }
          : {
              ...action,
              commit,
              message: `Pushed ${commit.slice(0, 8)}${without}; opening the pull request`,
            },
      );
      return { ...pushed, pushed: { commit, remote, at } };
    }
    case 'PullRequestOpened': {
      const { actionId, url, number, state } = event.data;
      const opened = changed(task, actionId, (action) => ({
        ...ended(action, at),
        state: 'done',
        url,
        number,
        message: `Pull request ${number}: ${url}`,
      }));
      const before = task.pullRequest?.number === number ? task.pullRequest.checks : 'none';
      return { ...opened, pullRequest: { url, number, state, checks: before, at } };
    }
    case 'PushFailed':
    case 'PullRequestFailed': {
      const { actionId, attempt, code, reason, nextAttemptAt } = event.data;
      return changed(task, actionId, (action) =>
        nextAttemptAt === undefined
          ? { ...ended(action, at), state: 'error', error: { code, reason }, message: reason }
          : {
              ...action,
              state: 'requested',
              attempt: attempt + 1,
              message: `Attempt ${attempt} failed, next at ${nextAttemptAt}: ${reason}`,
            },
      );
    }
    case 'PullRequestObserved': {
      const { url, number, state, checks } = event.data;
      return { ...task, pullRequest: { url, number, state, checks, at } };
    }
  }
}

/** An archive or a kill ends what was under way. */
export function endActions(task: Task, reason: string, at: string): readonly ActionFold[] {
  return task.actions.map((action) =>
    isUnfinished(action)
      ? { ...ended(action, at), state: 'error', error: { code: 'task_is_over', reason }, message: reason }
      : action,
  );
}

function added(
  task: Task,
  action: Pick<ActionFold, 'actionId' | 'kind' | 'push' | 'pullRequest' | 'message'>,
  at: string,
): Task {
  if (actionOf(task, action.actionId)) return task;
  const fresh: ActionFold = {
    ...action,
    ...NO_PULL_REQUEST,
    state: 'requested',
    attempt: 1,
    requestedAt: at,
    startedAt: null,
    endedAt: null,
  };
  const older = task.actions.filter(
    (each, index) => isUnfinished(each) || index >= task.actions.length + 1 - MOST_ACTIONS,
  );
  return { ...task, actions: [...older, fresh] };
}

/** What was asked for is of no use any more once it is over, and may be long. */
const ended = (action: ActionFold, at: string): ActionFold => ({
  ...action,
  endedAt: at,
  push: { ...action.push, message: null },
  pullRequest: action.pullRequest && { ...action.pullRequest, body: null },
});

const changed = (task: Task, actionId: string, change: (action: ActionFold) => ActionFold): Task => ({
  ...task,
  actions: task.actions.map((action) => (action.actionId === actionId ? change(action) : action)),
});
