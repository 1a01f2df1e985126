import { decode, encode } from '../events/task/task-codec.js';
import { taskStream, type TaskEvent } from '../events/task/task-events.js';
import { evolve, type Task } from '../events/task/task-state.js';
import { AggregateStreams } from './aggregate-streams.js';
import type { EventStore } from './event-store.js';

/** Tasks as streams. */
export class TaskStreams extends AggregateStreams<Task, TaskEvent> {
  constructor(store: EventStore) {
    super(store, {
      codec: { encode, decode },
      evolve,
      streamOf: taskStream,
      sizeOf: ({ task, sessions }) =>
        sessions.reduce((sum, session) => sum + session.prompt.length, task.length),
    });
  }
}
