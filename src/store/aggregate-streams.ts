import { LRUCache } from 'lru-cache';
import { type Causation, type Codec, UndecodableEventError } from '../events/codec.js';
import { foldEvents, NOTHING_YET, type Versioned } from '../events/fold.js';
import { withStored, decode, encode } from '../events/task/fold.js';
import { taskStream, type TaskEvent } from '../events/task/task-events.js';
import { evolve } from '../events/task/evolve.js';
import { NO_TASK, type Task, type VersionedTask } from '../events/task/task-state.js';
import { sessionCodec } from '../events/session/session-codec.js';
import { sessionStream, type SessionEvent } from '../events/session/session-events.js';
import { projectCodec, projectStream, type ProjectEvent } from '../events/project/project-events.js';
import { evolveProject, type ProjectState } from '../events/project/project-state.js';
import { evolveSession, type Session, type ToolCall } from '../events/session/session-state.js';
import { EventStoreUnavailableError, type EventStore } from './event-store.js';

/** Folds kept in memory, in characters of text they hold, roughly. */
const CACHE_SIZE = 64_000_000;
const FOLD_OVERHEAD = 2_000;
const PAST_PROMPT_SIZE = 100;

/** An aggregate: how its streams are called, and what folds and stores them. */
interface Aggregate<State, Event extends { readonly type: string; readonly data: object }> {
  readonly codec: Codec<Event>;
  readonly evolve: (state: State | null, event: Event) => State | null;
  readonly streamOf: (id: string) => string;
  /** Whose an event is, by the fold that has it: the workspace, `*`, or nothing. It goes into the event's metadata. */
  readonly workspaceOf: (state: State, event: Event) => string | undefined;
  /** Characters of text in a fold, roughly. */
  readonly sizeOf: (state: State) => number;
}

/**
 * An aggregate's streams: loads a fold, appends behind a fold. Folds are cached, so that on the usual way no
 * stream is read; a fold that has gone stale is found out by the append's expected revision.
 */
export class AggregateStreams<State, Event extends { readonly type: string; readonly data: object }> {
  private readonly cache: LRUCache<string, Versioned<State>>;

  constructor(
    private readonly store: EventStore,
    private readonly aggregate: Aggregate<State, Event>,
  ) {
    this.cache = new LRUCache({
      maxSize: CACHE_SIZE,
      sizeCalculation: ({ state }) => FOLD_OVERHEAD + (state === null ? 0 : aggregate.sizeOf(state)),
    });
  }

  /** The fold as far as it is known here without asking the store, or undefined. */
  cached(id: string): Versioned<State> | undefined {
    return this.cache.get(id);
  }

  /**
   * The fold, at least up to the revision: the cached one if that is new enough. From -1n on a stream that nothing is known of
   * passes for one that does not exist: an append to it finds out.
   */
  async load(id: string, atLeast: bigint): Promise<Versioned<State>> {
    const cached = this.cache.get(id);
    if (cached !== undefined && cached.revision >= atLeast) return cached;
    return atLeast > NOTHING_YET.revision ? this.refresh(id) : NOTHING_YET;
  }

  /**
   * The fold up to the present end of the stream: reads only what the cache does not have.
   * Throws UndecodableEventError for a stream that holds what cannot be read.
   */
  async refresh(id: string): Promise<Versioned<State>> {
    const { codec, evolve, streamOf } = this.aggregate;
    const known = this.cache.get(id) ?? NOTHING_YET;
    const rest = this.store.readStream(streamOf(id), { from: known.revision + 1n });
    const fold = await foldEvents({ decode: (stored) => codec.decode(stored), evolve }, rest, known);
    return this.keep(id, fold);
  }

  /**
   * Appends events behind a fold and answers the new fold. Throws WrongExpectedRevisionError when
   * somebody else has appended meanwhile: refresh and decide again.
   */
  async append(
    id: string,
    current: Versioned<State>,
    events: readonly Event[],
    causation: Causation,
  ): Promise<Versioned<State>> {
    const { codec, evolve, streamOf, workspaceOf } = this.aggregate;
    const expected = current.revision < 0n ? 'no_stream' : current.revision;
    const state = events.reduce(evolve, current.state);
    const workspaceId = state === null ? undefined : workspaceOf(state, events[0]!);
    const stored = codec.encode(events, { ...causation, workspaceId });
    const { revision, position } = await this.store
      .append(streamOf(id), stored, expected)
      .catch((error: unknown) => {
        // It may have been stored all the same: then the fold kept here would have steps done that are done.
        if (error instanceof EventStoreUnavailableError) this.cache.delete(id);
        throw error;
      });
    return this.keep(id, { state, revision, position });
  }

  private keep(id: string, fold: Versioned<State>): Versioned<State> {
    const known = this.cache.get(id);
    if (known !== undefined && known.revision >= fold.revision) return known;
    if (fold.revision >= 0n) this.cache.set(id, fold);
    return fold;
  }
}

/** Tasks as streams. */
export class TaskStreams extends AggregateStreams<Task, TaskEvent> {
  constructor(private readonly tasks: EventStore) {
    super(tasks, {
      codec: { encode, decode },
      evolve,
      streamOf: taskStream,
      workspaceOf: ({ workspaceId }) => workspaceId,
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

/** Projects' settings as streams. */
export class ProjectStreams extends AggregateStreams<ProjectState, ProjectEvent> {
  constructor(store: EventStore) {
    super(store, {
      codec: projectCodec,
      evolve: evolveProject,
      streamOf: projectStream,
      workspaceOf: ({ workspaceId }) => workspaceId,
      sizeOf: ({ setup, env }) => (setup?.length ?? 0) + (env?.names.join('').length ?? 0),
    });
  }
}

/** Sessions as streams. */
export class SessionStreams extends AggregateStreams<Session, SessionEvent> {
  constructor(private readonly log: EventStore) {
    super(log, {
      codec: sessionCodec,
      evolve: evolveSession,
      streamOf: sessionStream,
      workspaceOf: ({ workspaceId }) => workspaceId,
      sizeOf: ({ prompts, pastPrompts, toolCalls }) =>
        prompts.reduce((sum, { text }) => sum + text.length, 0) +
        pastPrompts.length * PAST_PROMPT_SIZE +
        textIn(toolCalls),
    });
  }

  /** What has happened in the session, or the last so many events of it. Throws UndecodableEventError. */
  async events(sessionId: string, most?: number): Promise<SessionEvent[]> {
    const events: SessionEvent[] = [];
    const begin = most === undefined ? 0n : (await this.refresh(sessionId)).revision + 1n - BigInt(most);
    const from = begin > 0n ? begin : 0n;
    for await (const stored of this.log.readStream(sessionStream(sessionId), { from })) {
      const event = sessionCodec.decode(stored);
      if (event !== null) events.push(event);
    }
    return events;
  }
}

/** Characters in what tool calls show. Counted and not written out: this is asked at every append. */
const textIn = (toolCalls: readonly ToolCall[]): number =>
  toolCalls
    .flatMap(({ content }) => content)
    .reduce(
      (sum, part) =>
        sum +
        (part.type === 'text' ? part.text.length : 0) +
        (part.type === 'diff' ? (part.oldText?.length ?? 0) + part.newText.length : 0),
      0,
    );
