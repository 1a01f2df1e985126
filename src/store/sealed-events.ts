import { LRUCache } from 'lru-cache';
import { sessionIdOfStream, sessionStream } from '../events/session/session-events.js';
import type { NewEvent, StoredEvent } from '../events/stored-event.js';
import { taskIdOfStream, taskStream } from '../events/task/task-events.js';
import { ERASED, mapTexts, withoutTexts } from '../events/texts.js';
import { SealBrokenError, SecretBox } from '../platform/secret-box.js';
import type {
  AppendResult,
  CatchUpOptions,
  EventStore,
  ExpectedRevision,
  GroupOptions,
  Subscription,
} from './event-store.js';
import { KeyFiles, KeyUnavailableError } from './key-files.js';

/** Streams of which the key is remembered. */
const REMEMBERED = 50_000;
/** In the metadata of every event of a task that has a key. */
const KEY = 'key';
/** In the data: the texts, sealed, and in the place of each its number. */
const SEALED = '$sealed';
const TEXT = '$text';

/**
 * The event store port over another one, in which the texts of tasks are sealed: each task has a key of its own, and what is
 * read of a task whose key was destroyed has `[erased]` in place of every text. Everybody else sees texts, or nothing of this.
 *
 * Which key a stream has is in the metadata of its first event; sessions have that of their task. Tasks that were
 * created without one stay as they are.
 */
export class SealedEvents implements EventStore {
  private readonly keys: KeyFiles | null;
  /** By stream; null for one that has none. */
  private readonly keyOf = new LRUCache<string, { readonly id: string | null }>({ max: REMEMBERED });

  /** @param keysDir where the keys are; null: nothing is sealed, and what is cannot be read */
  constructor(
    private readonly inner: EventStore,
    keysDir: string | null,
  ) {
    this.keys = keysDir === null ? null : new KeyFiles(keysDir);
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    if (this.keys === null) return this.inner.append(stream, events, expected);
    const sealed = await this.sealed(stream, events, expected);
    try {
      return await this.inner.append(stream, sealed, expected);
    } catch (error) {
      // Where nothing is known of the stream's first event, that is read before anything else is sealed.
      if (expected === 'no_stream') this.keyOf.delete(stream);
      throw error;
    }
  }

  async *readStream(stream: string, options?: { from?: bigint; limit?: number }): AsyncIterable<StoredEvent> {
    for await (const event of this.inner.readStream(stream, options)) yield this.opened(event);
  }

  async *readAll(options?: { after?: bigint; limit?: number }): AsyncIterable<StoredEvent> {
    for await (const event of this.inner.readAll(options)) yield this.opened(event);
  }

  async *readAllBackwards(options?: { before?: bigint; limit?: number }): AsyncIterable<StoredEvent> {
    for await (const event of this.inner.readAllBackwards(options)) yield this.opened(event);
  }

  subscribeToAll(options: CatchUpOptions): Subscription {
    return this.inner.subscribeToAll({
      ...options,
      onEvent: (event) => options.onEvent(this.opened(event)),
    });
  }

  joinGroup(options: GroupOptions): Subscription {
    return this.inner.joinGroup({
      ...options,
      onMessage: (message) =>
        options.onMessage({
          event: this.opened(message.event),
          retryCount: message.retryCount,
          ack: () => message.ack(),
          park: (reason) => message.park(reason),
          retry: (reason) => message.retry(reason),
        }),
    });
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  /** Whether the task's texts can be erased: not those of one that was created without a key. */
  async isSealed(taskId: string): Promise<boolean> {
    return (await this.keyOfStream(taskStream(taskId))) !== null;
  }

  /** Destroys every key that the task's texts are sealed with, for good. May be done again. Rejects with KeyUnavailableError. */
  async destroyKeys(taskId: string, sessionIds: readonly string[]): Promise<void> {
    const found = new Set<string>();
    for (const stream of [taskStream(taskId), ...sessionIds.map(sessionStream)])
      for await (const { metadata } of this.inner.readStream(stream)) {
        const id = keyIdIn(metadata);
        if (id !== null) found.add(id);
      }
    for (const id of found) {
      if (this.keys === null) throw new KeyUnavailableError(NO_FOLDER);
      this.keys.destroy(id);
    }
  }

  /** The event with its texts. Throws KeyUnavailableError; what is damaged stays as it is, and no schema takes it. */
  protected opened(event: StoredEvent): StoredEvent {
    const { stream, type, revision, data, metadata } = event;
    const id = keyIdIn(metadata);
    if (revision === 0n) this.keyOf.set(stream, { id });
    if (id === null) return event;
    const { [KEY]: _, ...rest } = metadata;
    if (!isSealed(data)) return { ...event, metadata: rest };
    if (this.keys === null) throw new KeyUnavailableError(NO_FOLDER);
    const key = this.keys.read(id);
    const { [SEALED]: sealed, ...clear } = data;
    if (key === null) {
      const erased = withTexts(clear, () => ERASED);
      return { ...event, data: withoutTexts(type, erased), metadata: rest };
    }
    try {
      const box = new SecretBox(key);
      const texts = JSON.parse(box.open(Buffer.from(sealed, 'base64'), placeOf(event, stream))) as string[];
      return { ...event, data: withTexts(clear, (number) => texts[number]), metadata: rest };
    } catch (error) {
      if (error instanceof SealBrokenError) return event;
      throw error;
    }
  }

  /** The events as they are to lie in the stream. */
  protected async sealed(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<readonly NewEvent[]> {
    const key = await this.keyFor(stream, events, expected);
    return key === null ? events : events.map((event) => seal(event, stream, key));
  }

  /** Whether the stream may be there although nothing is expected in it: whoever creates a task appends its first event once. */
  protected mayExist(_stream: string): Promise<boolean> {
    return Promise.resolve(false);
  }

  /** The key of a stream that has a first event. Null: none. */
  private async keyOfStream(stream: string): Promise<string | null> {
    const known = this.keyOf.get(stream);
    if (known !== undefined) return known.id;
    for await (const { metadata } of this.inner.readStream(stream, { limit: 1 })) {
      const id = keyIdIn(metadata);
      this.keyOf.set(stream, { id });
      return id;
    }
    return null;
  }

  /** What the events are sealed with, or null: nothing. */
  private async keyFor(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<Sealing | null> {
    const [first] = events;
    const isTask = taskIdOfStream(stream) !== null;
    const isNew = isTask && expected === 'no_stream' && !this.keyOf.has(stream);
    if (isNew && !(await this.mayExist(stream))) {
      const fresh = await this.keys!.take();
      this.keyOf.set(stream, { id: fresh.id });
      return fresh;
    }
    const id = await this.keyIdFor(stream, first, isTask);
    if (id === null) return null;
    return { id, key: this.keys!.read(id) };
  }

  private async keyIdFor(
    stream: string,
    first: NewEvent | undefined,
    isTask: boolean,
  ): Promise<string | null> {
    if (isTask) return this.keyOfStream(stream);
    const isSession = sessionIdOfStream(stream) !== null;
    if (!isSession) return null;
    const taskId = first?.type === 'SessionOpened' ? taskIn(first) : null;
    if (taskId === null) return this.keyOfStream(stream);
    const id = await this.keyOfStream(taskStream(taskId));
    this.keyOf.set(stream, { id });
    return id;
  }
}

const NO_FOLDER =
  'What tasks say is sealed in this log, and no folder with their keys is set: see SLIPWAY_KEYS_DIR';

/** `key` is null where it was destroyed: then nothing is kept of texts. */
interface Sealing {
  readonly id: string;
  readonly key: Buffer | null;
}

const keyIdIn = ({ [KEY]: id }: StoredEvent['metadata']): string | null =>
  typeof id === 'string' ? id : null;

const taskIn = ({ data }: NewEvent): string | null =>
  'taskId' in data && typeof data.taskId === 'string' ? data.taskId : null;

type SealedData = Record<string, unknown> & { readonly [SEALED]: string };
const isSealed = (data: unknown): data is SealedData =>
  typeof data === 'object' && data !== null && typeof (data as Partial<SealedData>)[SEALED] === 'string';

/** What is sealed for one event opens in no other. */
const placeOf = ({ id, type }: Pick<NewEvent, 'id' | 'type'>, stream: string): string =>
  `${stream}\n${type}\n${id}`;

function seal(event: NewEvent, stream: string, { id, key }: Sealing): NewEvent {
  const { type } = event;
  const metadata = { ...event.metadata, [KEY]: id };
  if (key === null) return { ...event, data: withoutTexts(type, event.data) as object, metadata };
  const texts: string[] = [];
  const data = mapTexts(type, event.data, (text) => ({ [TEXT]: texts.push(text) - 1 })) as object;
  if (texts.length === 0) return { ...event, metadata };
  const sealed = new SecretBox(key).seal(JSON.stringify(texts), placeOf(event, stream)).toString('base64');
  return { ...event, data: { ...data, [SEALED]: sealed }, metadata };
}

/** The data with a text in the place of each number. */
function withTexts(value: unknown, textOf: (number: number) => string | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => withTexts(item, textOf));
  if (typeof value !== 'object' || value === null) return value;
  const { [TEXT]: number } = value as { [TEXT]?: unknown };
  if (typeof number === 'number') return textOf(number);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withTexts(field, textOf)]));
}
