import { randomUUID } from 'node:crypto';
import { decide } from '../../src/commands/decide.js';
import type { TaskCommand } from '../../src/commands/task-commands.js';
import { encode } from '../../src/events/task/fold.js';
import type { StoredEvent } from '../../src/events/stored-event.js';
import { taskStream, type TaskEvent } from '../../src/events/task/task-events.js';
import { evolve } from '../../src/events/task/evolve.js';
import type { TaskState } from '../../src/events/task/task-state.js';
import { TASK_ID } from './task-history.js';

/** A task's stream as it would lie in the store: decided by the real decider, with real ids and metadata. */
export class DecidedTask {
  readonly events: StoredEvent[] = [];
  state: TaskState = null;

  constructor(
    readonly taskId = TASK_ID,
    private readonly firstPosition = 100n,
  ) {}

  /** Decides a command that followed from a stored event (or from a request) and appends what comes of it. */
  do(command: TaskCommand, cause?: StoredEvent): StoredEvent[] {
    return this.append(decide(command, this.state), cause);
  }

  append(events: readonly TaskEvent[], cause?: StoredEvent): StoredEvent[] {
    const causationId = cause?.id ?? randomUUID();
    const causation = {
      commandId: randomUUID(),
      correlationId: 'c',
      causationId,
      actor: cause ? 'saga' : 'api',
    };
    const stored = encode(events, causation).map((event, index): StoredEvent => {
      const revision = BigInt(this.events.length + index);
      const position = this.firstPosition + revision * 10n;
      return { ...event, stream: taskStream(this.taskId), revision, position, created: new Date(0) };
    });
    this.events.push(...stored);
    this.state = events.reduce(evolve, this.state);
    return stored;
  }

  /** The last event of a type. */
  last(type: TaskEvent['type']): StoredEvent {
    return this.events.findLast((event) => event.type === type)!;
  }
}

export async function* inOrder<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
