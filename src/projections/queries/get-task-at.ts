import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { withStored } from '../../events/task/fold.js';
import type { EventStore } from '../../store/event-store.js';
import { taskStream, type TaskEvent } from '../../events/task/task-events.js';
import { toTaskRecord, type TaskRecord } from '../../events/task/task-record.js';
import { NO_TASK, type VersionedTask } from '../../events/task/task-state.js';
import { EVENT_STORE } from '../../platform/tokens.js';
import { taskNotFound } from './task-not-found.js';

/** The record of a task as it was: up to a position, or up to a moment. */
export class GetTaskAt extends Query<TaskRecord> {
  constructor(
    readonly taskId: string,
    readonly at: bigint | Date,
  ) {
    super();
  }
}

@QueryHandler(GetTaskAt)
export class GetTaskAtHandler implements IQueryHandler<GetTaskAt> {
  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  async execute({ taskId, at }: GetTaskAt): Promise<TaskRecord> {
    return toTaskRecord((await taskAt(this.store, taskId, at)).fold)!;
  }
}

/** A task as it was, and the events up to then that the caller picks. Rejects where it did not exist then. */
export async function taskAt<T extends TaskEvent = never>(
  store: EventStore,
  taskId: string,
  at: bigint | Date,
  isPicked: (event: TaskEvent) => event is T = (_event): _event is T => false,
): Promise<{ fold: VersionedTask; last: T | undefined }> {
  let fold: VersionedTask = NO_TASK;
  let last: T | undefined;
  let exists = false;
  for await (const stored of store.readStream(taskStream(taskId))) {
    exists = true;
    if (typeof at === 'bigint' && stored.position > at) break;
    const next = withStored(fold, stored);
    // Events carry the clock of their command, as records do: it is kept when streams are copied elsewhere.
    if (at instanceof Date && new Date(next.event?.data.at ?? stored.created) > at) break;
    fold = next.fold;
    if (next.event && isPicked(next.event)) last = next.event;
  }
  if (fold.state !== null) return { fold, last };
  const then = at instanceof Date ? at.toISOString() : `position ${at}`;
  throw exists
    ? taskNotFound(taskId, `At ${then} the task ${taskId} did not exist yet.`)
    : taskNotFound(taskId);
}
