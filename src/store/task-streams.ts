import { UndecodableEventError } from '../events/codec.js';
import { withStored } from '../events/task/shown-fold.js';
import { decode, encode } from '../events/task/task-codec.js';
import { taskStream, type TaskEvent } from '../events/task/task-events.js';
import { evolve } from '../events/task/evolve.js';
import { NO_TASK, type Task, type VersionedTask } from '../events/task/task-state.js';
import { AggregateStreams } from './aggregate-streams.js';
import type { EventStore } from './event-store.js';

/** Tasks as streams. */
export class TaskStreams extends AggregateStreams<Task, TaskEvent> {
  constructor(private readonly tasks: EventStore) {
    super(tasks, {
      codec: { encode, decode },
      evolve,
      streamOf: taskStream,
      sizeOf: ({ task, sessions }) =>
        sessions.reduce((sum, session) => sum + session.prompt.length, task.length),
    });
  }

  /**
   * As `refresh`, for those who only show the task: of an event that cannot be read its state tells. Throws
   * UndecodableEventError only where nothing of the task can be read.
   */
  async shown(taskId: string): Promise<VersionedTask> {
    try {
      return await this.refresh(taskId);
    } catch (error) {
      if (!(error instanceof UndecodableEventError)) throw error;
      let fold = this.cached(taskId) ?? NO_TASK;
      for await (const stored of this.tasks.readStream(taskStream(taskId), { from: fold.revision + 1n }))
        ({ fold } = withStored(fold, stored));
      if (fold.state === null) throw error;
      return fold;
    }
  }
}
