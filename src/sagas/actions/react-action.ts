import { actionOf } from '../../events/task/task-actions.js';
import { isUnfinished } from '../../events/task/action-state.js';
import type { TaskEvent, TaskEventType } from '../../events/task/task-events.js';
import type { TaskState } from '../../events/task/task-state.js';

/** An attempt of an action that is due. `notBefore` (ISO 8601) is when; at once when it is absent. */
export interface RunAction {
  readonly type: 'RunAction';
  readonly actionId: string;
  readonly attempt: number;
  readonly notBefore?: string;
}

/** The event types after which something is to be done about an action. */
export const ACTION_EVENT_TYPES: readonly TaskEventType[] = [
  'PushRequested',
  'PushFailed',
  'PullRequestRequested',
  'PullRequestFailed',
];

/**
 * A group of its own: what is done with a task's work waits for none of its stages, nor do they for it. As with the stages'
 * group, other types of events need another name.
 */
export const ACTION_GROUP = 'slipway-actions-1';

const run = (actionId: string, attempt: number, notBefore?: string): RunAction => ({
  type: 'RunAction',
  actionId,
  attempt,
  notBefore,
});

/** What follows from the event for a task in this state, or a later one. Pure. */
export function reactToAction(state: TaskState, event: TaskEvent): RunAction | null {
  switch (event.type) {
    case 'PushRequested':
    case 'PullRequestRequested':
      return due(state, run(event.data.actionId, 1));
    case 'PushFailed':
    case 'PullRequestFailed': {
      const { actionId, attempt, nextAttemptAt } = event.data;
      if (nextAttemptAt === undefined) return null;
      return due(state, run(actionId, attempt + 1, nextAttemptAt));
    }
    default:
      return null;
  }
}

/** An attempt that is over, or was overtaken by an archive or a kill, is not made (again). */
function due(state: TaskState, next: RunAction): RunAction | null {
  const action = state && actionOf(state, next.actionId);
  return action && isUnfinished(action) && action.attempt === next.attempt ? next : null;
}
