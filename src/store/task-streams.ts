import { LRUCache } from 'lru-cache';
import { decode, encode, type Causation } from '../events/codec.js';
import { taskStream, type TaskEvent } from '../events/task/task-events.js';
import { NO_TASK, evolve, type VersionedTask } from '../events/task/task-state.js';
import { EventStoreUnavailableError, type EventStore } from './event-store.js';

/** Folds kept in memory, in characters of text they hold, roughly. */
const CACHE_SIZE = 64_000_000;
const FOLD_OVERHEAD = 2_000;

/**
 * Tasks as streams: loads a fold, appends behind a fold. Folds are cached, so that on the usual way from
 * create to running no stream is read; a fold that has gone stale is found out by the append's expected
 * revision.
 */
export class TaskStreams {
  private readonly cache = new LRUCache<string, VersionedTask>({
    maxSize: CACHE_SIZE,
    sizeCalculation: ({ state }) =>
      FOLD_OVERHEAD +
      (state?.sessions.reduce((sum, session) => sum + session.prompt.length, state.task.length) ?? 0),
  });

  constructor(private readonly store: EventStore) {}

  /** The fold as far as it is known here without asking the store, or undefined. */
  cached(taskId: string): VersionedTask | undefined {
    return this.cache.get(taskId);
  }

  /** The fold, at least up to the revision: the cached one if that is new enough. */
  async load(taskId: string, atLeast: bigint): Promise<VersionedTask> {
    const cached = this.cache.get(taskId);
    return cached !== undefined && cached.revision >= atLeast ? cached : this.refresh(taskId);
  }

  /**
   * The fold up to the present end of the stream: reads only what the cache does not have.
   * Throws UndecodableEventError for a stream that holds what cannot be read.
   */
  async refresh(taskId: string): Promise<VersionedTask> {
    let task = this.cache.get(taskId) ?? NO_TASK;
    for await (const stored of this.store.readStream(taskStream(taskId), { from: task.revision + 1n })) {
      const event = decode(stored);
      task = {
        state: event === null ? task.state : evolve(task.state, event),
        revision: stored.revision,
        position: stored.position,
      };
    }
    return this.keep(taskId, task);
  }

  /**
   * Appends events behind a fold and answers the new fold. Throws WrongExpectedRevisionError when
   * somebody else has appended meanwhile: refresh and decide again.
   */
  async append(
    taskId: string,
    current: VersionedTask,
    events: readonly TaskEvent[],
    causation: Causation,
  ): Promise<VersionedTask> {
    const expected = current.revision < 0n ? 'no_stream' : current.revision;
    const stored = encode(events, causation);
    const { revision, position } = await this.store
      .append(taskStream(taskId), stored, expected)
      .catch((error: unknown) => {
        // It may have been stored all the same: then the fold kept here would have steps done that are done.
        if (error instanceof EventStoreUnavailableError) this.cache.delete(taskId);
        throw error;
      });
    return this.keep(taskId, { state: events.reduce(evolve, current.state), revision, position });
  }

  private keep(taskId: string, task: VersionedTask): VersionedTask {
    const known = this.cache.get(taskId);
    if (known !== undefined && known.revision >= task.revision) return known;
    if (task.revision >= 0n) this.cache.set(taskId, task);
    return task;
  }
}
