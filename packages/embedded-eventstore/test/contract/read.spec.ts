import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  type AppendResult,
  BACKWARDS,
  binaryEvent,
  END,
  FORWARDS,
  InvalidArgumentError,
  type ReadRevision,
  START,
  StreamDeletedError,
  StreamNotFoundError,
  UnknownError,
} from '@eventstore/db-client';
import { collect, events, failure, refusal, take, unique } from '../support/events.js';
import { useServer } from '../support/server.js';

const server = useServer();

describe('a stream', () => {
  const stream = unique('read');
  beforeAll(async () => {
    await server.client.appendToStream(stream, events(8));
  });

  test.each<
    [
      string,
      { fromRevision?: ReadRevision; maxCount?: number; direction?: 'forwards' | 'backwards' },
      number[],
    ]
  >([
    ['by default from the start', {}, [0, 1, 2, 3, 4, 5, 6, 7]],
    ['forwards from a revision, inclusive', { fromRevision: 5n }, [5, 6, 7]],
    ['forwards from behind the end', { fromRevision: 100n }, []],
    ['backwards from the end', { direction: BACKWARDS, fromRevision: END }, [7, 6, 5, 4, 3, 2, 1, 0]],
    ['backwards from a revision, inclusive', { direction: BACKWARDS, fromRevision: 2n }, [2, 1, 0]],
    ['backwards from the start', { direction: BACKWARDS, fromRevision: START }, [0]],
    ['backwards from behind the end', { direction: BACKWARDS, fromRevision: 100n }, [7, 6, 5, 4, 3, 2, 1, 0]],
    ['forwards with a count', { maxCount: 3 }, [0, 1, 2]],
    ['backwards with a count', { direction: BACKWARDS, fromRevision: END, maxCount: 2 }, [7, 6]],
    ['with a count larger than the stream', { direction: FORWARDS, fromRevision: 6n, maxCount: 100 }, [6, 7]],
  ])('%s', async (_, options, expected) => {
    const read = await collect(server.client.readStream(stream, options));
    expect(read.map(({ event }) => Number(event!.revision))).toEqual(expected);
  });

  test('gives the position of each event', async () => {
    for (const { event, commitPosition } of await collect(server.client.readStream(stream))) {
      expect(typeof event!.position!.commit).toBe('bigint');
      expect(commitPosition).toBe(event!.position!.commit);
    }
  });

  test('refuses revisions that are none', async () => {
    for (const fromRevision of [-1n, 2n ** 64n])
      expect(
        await failure(async () => collect(server.client.readStream(stream, { fromRevision }))),
      ).toBeInstanceOf(InvalidArgumentError);
    await refusal(collect(server.client.readStream(stream, { fromRevision: 2n ** 63n })));
    await expect(collect(server.client.readStream(stream, { fromRevision: 2n ** 53n }))).resolves.toEqual([]);
  });

  test('is not read forwards from its end', async () => {
    await refusal(collect(server.client.readStream(stream, { fromRevision: END })));
  });

  test('that is missing is not found, by its name', async () => {
    const missing = unique('missing');
    for (const direction of [FORWARDS, BACKWARDS] as const) {
      const error = await failure(collect(server.client.readStream(missing, { direction })));
      expect(error).toBeInstanceOf(StreamNotFoundError);
      expect(error).toMatchObject({ streamName: missing });
    }
  });

  test('that is tombstoned is deleted, by its name', async () => {
    const gone = unique('gone');
    await server.client.appendToStream(gone, events(1));
    await server.client.tombstoneStream(gone);
    const error = await failure(collect(server.client.readStream(gone)));
    expect(error).toBeInstanceOf(StreamDeletedError);
    expect(error).toMatchObject({ streamName: gone });
  });

  test('with thousands of events comes whole and in order', async () => {
    const long = unique('long');
    for (let i = 0; i < 5; i++) await server.client.appendToStream(long, events(1_000));
    const read = await collect(server.client.readStream(long));
    expect(read.map(({ event }) => Number(event!.revision))).toEqual(
      Array.from({ length: 5_000 }, (_, i) => i),
    );
    const back = await collect(server.client.readStream(long, { direction: BACKWARDS, fromRevision: END }));
    expect(back.map(({ event }) => Number(event!.revision))).toEqual(
      Array.from({ length: 5_000 }, (_, i) => 4_999 - i),
    );
  });

  test('can be left in the middle', async () => {
    await expect(take(server.client.readStream(stream), 2)).resolves.toHaveLength(2);
  });
});

describe('links', () => {
  const target = unique('target');
  const links = unique('links');
  const link = (to: string) => binaryEvent({ type: '$>', data: Buffer.from(to) });
  beforeAll(async () => {
    await server.client.appendToStream(target, events(3));
    await server.client.appendToStream(links, [
      link(`1@${target}`),
      link(`9@${target}`),
      link(`0@${unique('nothing')}`),
    ]);
  });

  test('are resolved when asked for', async () => {
    const [resolved] = await collect(server.client.readStream(links, { resolveLinkTos: true }));
    const [original] = await collect(server.client.readStream(target, { fromRevision: 1n, maxCount: 1 }));
    expect(resolved!.event).toEqual(original!.event);
    expect(resolved!.link).toMatchObject({ streamId: links, type: '$>', revision: 0n });
  });

  test('are events of their own otherwise', async () => {
    const [plain] = await collect(server.client.readStream(links));
    expect(plain!.event).toMatchObject({ type: '$>', streamId: links });
    expect(plain!.link).toBeUndefined();
  });

  test('that name no other by an @ are events like any other', async () => {
    const stream = unique('no-links');
    await server.client.appendToStream(stream, link('nothing'));
    const [plain] = await collect(server.client.readStream(stream, { resolveLinkTos: true }));
    expect(plain!.event).toMatchObject({ type: '$>', streamId: stream });
    expect(plain!.link).toBeUndefined();
  });

  test('to nothing come without an event', async () => {
    const [, second, third] = await collect(server.client.readStream(links, { resolveLinkTos: true }));
    for (const broken of [second, third]) {
      expect(broken!.event).toBeUndefined();
      expect(broken!.link).toMatchObject({ streamId: links });
    }
  });
});

describe('$all', () => {
  const [one, two] = [unique('all-one'), unique('all-two')];
  let first: AppendResult;
  let last: AppendResult;
  const ours = async (readable: AsyncIterable<{ event?: { streamId: string; revision: bigint } }>) =>
    (await collect(readable))
      .filter(({ event }) => event?.streamId === one || event?.streamId === two)
      .map(({ event }) => `${event!.streamId === one ? 1 : 2}:${event!.revision}`);

  beforeAll(async () => {
    first = await server.client.appendToStream(one, events(1));
    await server.client.appendToStream(two, events(2));
    last = await server.client.appendToStream(one, events(1));
  });

  test('holds the events of all streams in the order of their appends', async () => {
    await expect(ours(server.client.readAll())).resolves.toEqual(['1:0', '2:0', '2:1', '1:1']);
  });

  test('begins with an event of the server itself', async () => {
    const [event] = await collect(server.client.readAll({ maxCount: 1 }));
    expect(event!.event!.streamId).toMatch(/^\$/);
  });

  test('is read from a position on, inclusive', async () => {
    await expect(ours(server.client.readAll({ fromPosition: first.position! }))).resolves.toEqual([
      '1:0',
      '2:0',
      '2:1',
      '1:1',
    ]);
    await expect(ours(server.client.readAll({ fromPosition: last.position!, maxCount: 1 }))).resolves.toEqual(
      ['1:1'],
    );
  });

  test('is read backwards from the end, and from a position, exclusive', async () => {
    const backwards = (await ours(server.client.readAll({ direction: BACKWARDS, fromPosition: END }))).slice(
      0,
      4,
    );
    expect(backwards).toEqual(['1:1', '2:1', '2:0', '1:0']);
    const before = await ours(server.client.readAll({ direction: BACKWARDS, fromPosition: last.position! }));
    expect(before).toEqual(['2:1', '2:0', '1:0']);
  });

  test('is not read from a position that is none', async () => {
    const { commit, prepare } = first.position!;
    const none = { commit: commit + 1n, prepare: prepare + 1n };
    const refused = await Promise.all([
      refusal(collect(server.client.readAll({ fromPosition: none, maxCount: 10 }))),
      refusal(take(server.client.subscribeToAll({ fromPosition: none }), 1)),
    ]);
    for (const error of refused) expect(error).toBeInstanceOf(UnknownError);
  });

  test('from its ends in the wrong direction is empty', async () => {
    await expect(
      collect(server.client.readAll({ direction: BACKWARDS, fromPosition: START })),
    ).resolves.toEqual([]);
    await expect(collect(server.client.readAll({ fromPosition: END }))).resolves.toEqual([]);
  });

  test('is limited by a count', async () => {
    await expect(collect(server.client.readAll({ maxCount: 2 }))).resolves.toHaveLength(2);
  });

  test('has rising positions without two alike', async () => {
    const positions = (await collect(server.client.readAll())).map(({ event }) => event!.position.commit);
    for (const [index, position] of positions.slice(1).entries())
      expect(position).toBeGreaterThan(positions[index]!);
  });

  test('resolves links when asked for', async () => {
    const links = unique('all-links');
    const { position } = await server.client.appendToStream(
      links,
      binaryEvent({ type: '$>', data: Buffer.from(`0@${two}`) }),
    );
    const [resolved] = await collect(
      server.client.readAll({ fromPosition: position!, maxCount: 1, resolveLinkTos: true }),
    );
    expect(resolved).toMatchObject({ event: { streamId: two, revision: 0n }, link: { streamId: links } });
    const [plain] = await collect(server.client.readAll({ fromPosition: position!, maxCount: 1 }));
    expect(plain!.event!.type).toBe('$>');
  });
});
