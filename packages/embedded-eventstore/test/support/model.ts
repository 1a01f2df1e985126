import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect } from '@jest/globals';
import {
  BACKWARDS,
  END,
  type EventStoreDBClient,
  FORWARDS,
  jsonEvent,
  type Position,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { collect } from './events.js';

/** What can be asked of a server, with small numbers for everything. `restart` is for servers of one's own. */
export type Step =
  | { do: 'append'; stream: number; count: number; expected: Expected }
  | { do: 'again'; append: number }
  | { do: 'delete' | 'tombstone'; stream: number; expected: Expected }
  | { do: 'truncate'; stream: number; before: number }
  | { do: 'limit'; stream: number; count: number }
  | { do: 'read'; stream: number; from: number; count: number; backwards: boolean }
  | { do: 'restart' };

/** `head`: the revision that the stream is at, plus an error. */
type Expected = 'any' | 'no_stream' | { head: number };

const expected = (): fc.Arbitrary<Expected> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('any' as const) },
    { weight: 2, arbitrary: fc.constant('no_stream' as const) },
    { weight: 4, arbitrary: fc.record({ head: fc.constantFrom(0, 0, 0, -1, 1) }) },
  );

export const steps = (withRestart: boolean) => {
  const stream = fc.nat(2);
  const restart = fc.constant<Step>({ do: 'restart' });
  return fc.array(
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          do: fc.constant('append' as const),
          stream,
          count: fc.integer({ min: 1, max: 4 }),
          expected: expected(),
        }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('again' as const), append: fc.nat(20) }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('delete' as const), stream, expected: expected() }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('tombstone' as const), stream, expected: expected() }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('truncate' as const), stream, before: fc.nat(8) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant('limit' as const),
          stream,
          count: fc.integer({ min: 1, max: 5 }),
        }),
      },
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant('read' as const),
          stream,
          from: fc.nat(10),
          count: fc.integer({ min: 1, max: 12 }),
          backwards: fc.boolean(),
        }),
      },
      ...(withRestart ? [{ weight: 2, arbitrary: restart }] : []),
    ) as fc.Arbitrary<Step>,
    { maxLength: 40 },
  );
};

interface ModelStream {
  name: string;
  /** Ids by revision. */
  ids: string[];
  truncateBefore: number;
  maxCount: number;
  hasMetadata: boolean;
  tombstoned: boolean;
}

type Outcome = 'ok' | 'conflict' | 'deleted' | 'missing';

/** Does every step at the server and in a few lines of memory, and compares what comes out. */
export class Model {
  private readonly streams: ModelStream[] = [0, 1, 2].map(() => ({
    name: `model-${randomUUID()}`,
    ids: [],
    truncateBefore: 0,
    maxCount: Infinity,
    hasMetadata: false,
    tombstoned: false,
  }));
  private readonly appends: { stream: ModelStream; ids: string[]; expected: 'any' | 'no_stream' | bigint }[] =
    [];

  /** Where this model's part of `$all` begins: others may have written much before it. */
  private begin: Position | undefined;

  constructor(
    private client: () => EventStoreDBClient,
    private readonly restart: () => Promise<void> = async () => undefined,
  ) {}

  async run(step: Step): Promise<void> {
    this.begin ??= (
      await this.client().appendToStream(`model-${randomUUID()}`, jsonEvent({ type: 'begin', data: {} }))
    ).position;
    if (step.do === 'restart') return this.restart();
    if (step.do === 'again') {
      const before = this.appends[step.append];
      return before && this.append(before.stream, before.ids, before.expected);
    }
    const stream = this.streams[step.stream]!;
    if (step.do === 'read') return this.read(stream, step.from, step.count, step.backwards);
    if (step.do === 'truncate') return this.setMetadata(stream, { truncateBefore: step.before });
    if (step.do === 'limit') return this.setMetadata(stream, { maxCount: step.count });
    const revision = this.revision(stream, step.expected);
    if (revision === undefined) return;
    if (step.do !== 'append') return this.remove(stream, revision, step.do);
    await this.append(
      stream,
      Array.from({ length: step.count }, () => randomUUID()),
      revision,
    );
  }

  /** At the end all streams are read, and `$all` holds every event of theirs in order. */
  async compareAll(): Promise<void> {
    const all = new Map<string, string[]>();
    if (!this.begin) return;
    for await (const { event } of this.client().readAll({ fromPosition: this.begin }))
      if (event && !event.type.startsWith('$'))
        all.set(event.streamId, [...(all.get(event.streamId) ?? []), event.id]);
    for (const stream of this.streams) {
      await this.read(stream, 0, 1_000, false);
      expect(all.get(stream.name) ?? []).toEqual(stream.ids);
    }
  }

  private revision(stream: ModelStream, wanted: Expected): 'any' | 'no_stream' | bigint | undefined {
    if (typeof wanted === 'string') return wanted;
    const revision = stream.ids.length - 1 + wanted.head;
    return revision < 0 ? undefined : BigInt(revision);
  }

  private async append(
    stream: ModelStream,
    ids: string[],
    revision: 'any' | 'no_stream' | bigint,
  ): Promise<void> {
    const result = await outcome(
      this.client().appendToStream(
        stream.name,
        ids.map((id) => jsonEvent({ id, type: 'model', data: {} })),
        { expectedRevision: revision },
      ),
    );
    const decision = this.decide(stream, ids, revision);
    expect(result.kind).toBe(decision === 'new' || typeof decision === 'number' ? 'ok' : decision);
    if (decision === 'new') {
      if (stream.truncateBefore === Infinity) stream.truncateBefore = stream.ids.length;
      stream.ids.push(...ids);
      this.appends.push({ stream, ids, expected: revision });
    }
    if (result.kind === 'ok')
      expect(result.value!.nextExpectedRevision).toBe(
        BigInt(typeof decision === 'number' ? decision : stream.ids.length - 1),
      );
  }

  /** 'new', an error, or the revision that it was stored at before. */
  private decide(
    stream: ModelStream,
    ids: string[],
    revision: 'any' | 'no_stream' | bigint,
  ): 'new' | number | Outcome {
    if (stream.tombstoned) return 'deleted';
    if (revision === 'any') {
      const at = ids.map((id) => stream.ids.indexOf(id));
      return at[0] === -1 ? 'new' : at.includes(-1) ? 'conflict' : at.at(-1)!;
    }
    const head = stream.ids.length - 1;
    const from = revision === 'no_stream' ? -1 : Number(revision);
    if (from === head) return 'new';
    if (from > head) return 'conflict';
    const matching = ids.findIndex((id, index) => stream.ids[from + 1 + index] !== id);
    if (matching === -1) return from + ids.length;
    return matching === 0 && revision === 'no_stream' && stream.truncateBefore === Infinity
      ? 'new'
      : 'conflict';
  }

  private async remove(
    stream: ModelStream,
    revision: 'any' | 'no_stream' | bigint,
    kind: 'delete' | 'tombstone',
  ): Promise<void> {
    const call =
      kind === 'delete'
        ? this.client().deleteStream.bind(this.client())
        : this.client().tombstoneStream.bind(this.client());
    const result = await outcome(call(stream.name, { expectedRevision: revision }));
    const head = stream.ids.length - 1;
    const isNone = head < 0 || stream.truncateBefore === Infinity;
    const fits = revision === 'any' || (revision === 'no_stream' ? isNone : Number(revision) === head);
    const exists = head >= 0 || stream.hasMetadata;
    expect(result.kind).toBe(
      stream.tombstoned ? 'deleted' : fits && (exists || kind === 'tombstone') ? 'ok' : 'conflict',
    );
    if (result.kind !== 'ok') return;
    if (kind === 'tombstone') stream.tombstoned = true;
    else Object.assign(stream, { truncateBefore: Infinity, maxCount: Infinity, hasMetadata: true });
  }

  private async setMetadata(
    stream: ModelStream,
    metadata: { truncateBefore?: number; maxCount?: number },
  ): Promise<void> {
    const result = await outcome(this.client().setStreamMetadata(stream.name, metadata));
    const isClosed = stream.tombstoned && (stream.ids.length > 0 || !stream.hasMetadata);
    expect(result.kind).toBe(isClosed ? 'deleted' : 'ok');
    if (stream.tombstoned) return;
    // Metadata brings a deleted stream back, without its events.
    stream.truncateBefore =
      stream.truncateBefore === Infinity ? stream.ids.length : (metadata.truncateBefore ?? 0);
    stream.maxCount = metadata.maxCount ?? Infinity;
    stream.hasMetadata = true;
  }

  private async read(stream: ModelStream, from: number, count: number, backwards: boolean): Promise<void> {
    const result = await outcome(
      collect(
        this.client().readStream(stream.name, {
          direction: backwards ? BACKWARDS : FORWARDS,
          // From 10 on it reads backwards from the end, so that both are tried; forwards that is refused.
          fromRevision: from >= 10 && backwards ? END : BigInt(from),
          maxCount: count,
        }),
      ),
    );
    const missing = stream.ids.length === 0 || stream.truncateBefore === Infinity;
    expect(result.kind).toBe(stream.tombstoned ? 'deleted' : missing ? 'missing' : 'ok');
    if (result.kind !== 'ok') return;
    const first = Math.max(stream.truncateBefore, stream.ids.length - stream.maxCount);
    const start = from >= 10 && backwards ? stream.ids.length - 1 : from;
    const visible = stream.ids
      .map((id, revision) => ({ id, revision }))
      .filter(({ revision }) => revision >= first);
    const expectedEvents = (backwards ? visible.reverse() : visible)
      .filter(({ revision }) => (backwards ? revision <= start : revision >= start))
      .slice(0, count);
    expect(result.value!.map(({ event }) => ({ id: event!.id, revision: Number(event!.revision) }))).toEqual(
      expectedEvents,
    );
  }
}

async function outcome<T>(promise: Promise<T>): Promise<{ kind: Outcome; value?: T }> {
  try {
    return { kind: 'ok', value: await promise };
  } catch (error) {
    if (error instanceof WrongExpectedVersionError) return { kind: 'conflict' };
    if (error instanceof StreamDeletedError) return { kind: 'deleted' };
    if (error instanceof StreamNotFoundError) return { kind: 'missing' };
    throw error;
  }
}
