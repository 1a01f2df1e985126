import { UndecodableEventError } from '../../events/codec.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { taskIdOfStream } from '../../events/task/task-events.js';
import { react as todaysReact } from '../../sagas/react.js';
import type { Moment } from '../moment.js';
import { TaskComparison, type Counts, type React, type SagaDifference } from './task-comparison.js';

export interface SagaDryRun {
  readonly tasks: number;
  /** Commands that `react` wants now, and how they compare. */
  readonly commands: number;
  readonly same: number;
  /** Wanted and not carried out because they are still due. */
  readonly pending: number;
  /** Wanted and not carried out because an archive or a kill came first. */
  readonly overtaken: number;
  readonly differences: readonly SagaDifference[];
  /** Tasks that hold an event which cannot be read: they are not compared any further than that. */
  readonly unreadable: readonly { readonly taskId: string; readonly reason: string }[];
}

/**
 * Runs `react` over recorded events (in the order of the log) and compares what it wants with what was
 * carried out. Each event is judged with the task as it was recorded up to there, so that one difference
 * does not lead to others behind it.
 * @param since leaves out what follows from events before that
 */
export async function dryRunSaga(
  events: AsyncIterable<StoredEvent>,
  { since, react = todaysReact }: { since?: Moment; react?: React } = {},
): Promise<SagaDryRun> {
  const counts: Counts = { tasks: 0, commands: 0, same: 0, pending: 0, overtaken: 0 };
  const differences: SagaDifference[] = [];
  const unreadable: { taskId: string; reason: string }[] = [];
  const open = new Map<string, TaskComparison | null>();
  const finish = (taskId: string, comparison: TaskComparison) => {
    differences.push(...comparison.finish(counts));
    open.set(taskId, null);
  };
  for await (const stored of events) {
    const taskId = taskIdOfStream(stored.stream);
    if (taskId === null) continue;
    const known = open.get(taskId);
    if (known === null) continue;
    const comparison = known ?? new TaskComparison(taskId, react, since);
    if (known === undefined) {
      counts.tasks++;
      open.set(taskId, comparison);
    }
    try {
      comparison.take(stored);
    } catch (error) {
      if (!(error instanceof UndecodableEventError)) throw error;
      unreadable.push({ taskId, reason: error.message });
      finish(taskId, comparison);
    }
    // Nothing follows any more: what is known of it need not be kept.
    if (stored.type === 'TaskKilled') finish(taskId, comparison);
  }
  for (const [taskId, comparison] of open) if (comparison) finish(taskId, comparison);
  return { ...counts, differences, unreadable };
}
