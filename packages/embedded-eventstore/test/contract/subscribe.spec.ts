import { describe, expect, test } from '@jest/globals';
import {
  END,
  eventTypeFilter,
  excludeSystemEvents,
  type Filter,
  type Position,
  START,
  streamNameFilter,
  StreamDeletedError,
} from '@eventstore/db-client';
import { binaryEvent } from '@eventstore/db-client';
import { collect, events, failure, take, unique, until } from '../support/events.js';
import { useServer } from '../support/server.js';

const server = useServer();

/** Collects what a subscription says, in order: its events' revisions and its signals. */
function record(subscription: ReturnType<typeof server.client.subscribeToStream>) {
  const log: (string | number)[] = [];
  subscription
    .on('confirmation', () => log.push('confirmed'))
    .on('caughtUp', () => log.push('caught up'))
    .on('data', ({ event }) => log.push(Number(event!.revision)))
    .on('error', (error: Error) => log.push(error.constructor.name))
    .on('end', () => log.push('ended'));
  return log;
}

describe('a subscription to a stream', () => {
  test.each([
    ['from the start', START, [0, 1, 2, 3], [4, 5]],
    ['after a revision', 1n, [2, 3], [4, 5]],
    ['from the end', END, [], [4, 5]],
    ['after a revision that is yet to come', 4n, [], [5]],
  ] as const)('%s', async (_, fromRevision, before, after) => {
    const stream = unique('subscribe');
    await server.client.appendToStream(stream, events(4));
    const subscription = server.client.subscribeToStream(stream, { fromRevision });
    const log = record(subscription);
    await until('it has caught up', () => log.includes('caught up'));
    expect(log).toEqual(['confirmed', ...before, 'caught up']);
    await server.client.appendToStream(stream, events(2));
    await until('the new events have come', () => log.at(-1) === 5);
    expect(log).toEqual(['confirmed', ...before, 'caught up', ...after]);
    await subscription.unsubscribe();
    await until('it has ended', () => log.at(-1) === 'ended');
  });

  test('waits for a stream that is not there yet', async () => {
    const stream = unique('subscribe');
    const log = record(server.client.subscribeToStream(stream));
    await until('it is confirmed', () => log.includes('confirmed'));
    await server.client.appendToStream(stream, events(2));
    await until('the events have come', () => log.includes(1));
    expect(log.filter((each) => each !== 'caught up')).toEqual(['confirmed', 0, 1]);
    // 24.2 has caught up with a stream that is missing; 23.10 has nothing to say of it.
    expect(log.filter((each) => each === 'caught up').length).toBeLessThanOrEqual(1);
  });

  test.each([
    ['the start', START],
    ['the end', END],
    ['a revision', 1n],
  ] as const)('to a deleted stream, from %s, hears when it comes back', async (_, fromRevision) => {
    const stream = unique('reborn');
    await server.client.appendToStream(stream, events(2));
    await server.client.deleteStream(stream);
    const subscription = server.client.subscribeToStream(stream, { fromRevision });
    const log = record(subscription);
    await until('it is confirmed', () => log.includes('confirmed'));
    await server.client.appendToStream(stream, events(2));
    await until('the new events have come', () => log.includes(3));
    expect(log.filter((each) => typeof each === 'number')).toEqual([2, 3]);
    await subscription.unsubscribe();
  });

  test('hears when its stream is deleted and comes back', async () => {
    const stream = unique('reborn');
    await server.client.appendToStream(stream, events(2));
    const subscription = server.client.subscribeToStream(stream);
    const log = record(subscription);
    await until('it has caught up', () => log.includes('caught up'));
    await server.client.deleteStream(stream);
    await server.client.appendToStream(stream, events(1));
    await until('the new event has come', () => log.includes(2));
    expect(log.filter((each) => typeof each === 'number')).toEqual([0, 1, 2]);
    await subscription.unsubscribe();
  });

  test('is told of the tombstone by an event, and then fails', async () => {
    const stream = unique('ended');
    await server.client.appendToStream(stream, events(1));
    const types: string[] = [];
    const ending = failure(async () => {
      for await (const { event } of server.client.subscribeToStream(stream)) {
        types.push(event!.type);
        if (types.length === 1) await server.client.tombstoneStream(stream);
      }
    });
    const error = await ending;
    expect(error).toBeInstanceOf(StreamDeletedError);
    expect(types).toEqual(['test', '$streamDeleted']);
  });

  test('misses and doubles nothing while it is written to', async () => {
    const stream = unique('busy');
    const writing = (async () => {
      for (let i = 0; i < 50; i++) await server.client.appendToStream(stream, events(20));
    })();
    const read = await take(server.client.subscribeToStream(stream), 1_000);
    await writing;
    expect(read.map(({ event }) => Number(event!.revision))).toEqual(
      Array.from({ length: 1_000 }, (_, i) => i),
    );
  });

  test('to a tombstoned stream fails', async () => {
    const stream = unique('gone');
    await server.client.appendToStream(stream, events(1));
    await server.client.tombstoneStream(stream);
    const error = await failure(take(server.client.subscribeToStream(stream), 1));
    expect(error).toBeInstanceOf(StreamDeletedError);
    expect(error).toMatchObject({ streamName: stream });
  });

  test('does not see what is truncated', async () => {
    const stream = unique('truncated');
    await server.client.appendToStream(stream, events(5));
    await server.client.setStreamMetadata(stream, { truncateBefore: 3 });
    const read = await take(server.client.subscribeToStream(stream), 2);
    expect(read.map(({ event }) => Number(event!.revision))).toEqual([3, 4]);
  });

  test('resolves links when asked for', async () => {
    const [target, links] = [unique('target'), unique('links')];
    await server.client.appendToStream(target, events(1));
    await server.client.appendToStream(links, binaryEvent({ type: '$>', data: Buffer.from(`0@${target}`) }));
    const [resolved] = await take(server.client.subscribeToStream(links, { resolveLinkTos: true }), 1);
    expect(resolved).toMatchObject({ event: { streamId: target }, link: { streamId: links } });
  });

  test('goes on after its reader has paused', async () => {
    const stream = unique('slow');
    const subscription = server.client.subscribeToStream(stream);
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { event } of subscription) {
        if (seen.length === 10) await new Promise((resolve) => setTimeout(resolve, 300));
        if (seen.push(Number(event!.revision)) === 3_000) break;
      }
    })();
    for (let i = 0; i < 3; i++) await server.client.appendToStream(stream, events(1_000));
    await reading;
    expect(seen).toEqual(Array.from({ length: 3_000 }, (_, i) => i));
  });
});

describe('a subscription to $all', () => {
  test('from the start brings the events of others too, in order', async () => {
    const stream = unique('all');
    const { position } = await server.client.appendToStream(stream, events(1));
    const seen: bigint[] = [];
    for await (const { event } of server.client.subscribeToAll()) {
      seen.push(event!.position.commit);
      if (event!.position.commit === position!.commit) break;
    }
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).toEqual([...seen].sort((a, b) => Number(a - b)));
  });

  test('starts after a position', async () => {
    const stream = unique('all');
    const { position } = await server.client.appendToStream(stream, events(1));
    await server.client.appendToStream(stream, events(2));
    const ours = [];
    for await (const { event } of server.client.subscribeToAll({ fromPosition: position! })) {
      if (event!.streamId !== stream) continue;
      ours.push(Number(event!.revision));
      if (ours.length === 2) break;
    }
    expect(ours).toEqual([1, 2]);
  });

  test('from the end brings only what is new', async () => {
    const stream = unique('all');
    await server.client.appendToStream(stream, events(3));
    const subscription = server.client.subscribeToAll({ fromPosition: END });
    const seen: string[] = [];
    let caughtUp = false;
    subscription
      .on('caughtUp', () => (caughtUp = true))
      .on('data', ({ event }) => seen.push(`${event!.streamId}:${event!.revision}`));
    await until('it has caught up', () => caughtUp);
    await server.client.appendToStream(stream, events(1));
    await until('the event has come', () => seen.includes(`${stream}:3`));
    expect(seen.filter((each) => each.startsWith(stream))).toEqual([`${stream}:3`]);
    await subscription.unsubscribe();
  });
});

describe('a filter', () => {
  const tag = unique('f').replaceAll('-', '');
  const streams = { a: `a_${tag}_1`, b: `b_${tag}_2`, other: unique('other') };
  /** What a filtered subscription brings up to an event of `stop` (a stream that passes). */
  async function filtered(filter: Filter, from: Position, count: number) {
    const read = await take(server.client.subscribeToAll({ fromPosition: from, filter }), count);
    return read.map(({ event }) => `${event!.streamId}:${event!.type}`);
  }

  test.each<[string, Filter, string[]]>([
    ['stream name prefixes', streamNameFilter({ prefixes: [`a_${tag}`, `b_${tag}`] }), ['a', 'b', 'a']],
    ['a stream name expression', streamNameFilter({ regex: `^[ab]_${tag}_\\d$` }), ['a', 'b', 'a']],
    ['event type prefixes', eventTypeFilter({ prefixes: [`one${tag}`] }), ['a', 'other', 'a']],
    ['an event type expression', eventTypeFilter({ regex: `one${tag}$` }), ['a', 'other', 'a']],
  ])('by %s', async (_, filter, expected) => {
    const { position } = await server.client.appendToStream(unique('mark'), events(1));
    const stop = expected.length + 1;
    await server.client.appendToStream(streams.a, events(1, `one${tag}`));
    await server.client.appendToStream(streams.b, events(1, `two${tag}`));
    await server.client.appendToStream(streams.other, events(1, `one${tag}`));
    await server.client.appendToStream(streams.other, events(1, `two${tag}`));
    const reading = filtered(filter, position!, stop);
    await server.client.appendToStream(streams.a, events(2, `one${tag}`));
    const got = await reading;
    const name = (key: string) => streams[key as keyof typeof streams];
    expect(got.slice(0, 3).map((each) => each.split(':')[0])).toEqual(expected.map(name));
  });

  test('that excludes system events does', async () => {
    const stream = unique('system');
    const { position } = await server.client.appendToStream(unique('mark'), events(1));
    await server.client.setStreamMetadata(stream, { maxCount: 100 });
    await server.client.appendToStream(stream, events(1));
    const [first] = await take(
      server.client.subscribeToAll({ fromPosition: position!, filter: excludeSystemEvents() }),
      1,
    );
    expect(first!.event).toMatchObject({ streamId: stream, revision: 0n });
  });

  test('brings checkpoints every so many events considered', async () => {
    const { position } = await server.client.appendToStream(unique('mark'), events(1));
    const checkpoints: Position[] = [];
    const stream = unique('checkpoints');
    const subscription = server.client.subscribeToAll({
      fromPosition: position!,
      filter: eventTypeFilter({
        prefixes: [`done${tag}`],
        maxSearchWindow: 10,
        checkpointInterval: 3,
        checkpointReached: (_, reached) => void checkpoints.push(reached),
      }),
    });
    const reading = take(subscription, 1);
    for (let i = 0; i < 10; i++) await server.client.appendToStream(stream, events(30, 'ignored'));
    const { position: last } = await server.client.appendToStream(stream, events(1, `done${tag}`));
    await reading;
    expect(checkpoints.length).toBeGreaterThanOrEqual(10);
    expect(checkpoints.length).toBeLessThanOrEqual(12);
    for (const [index, { commit }] of checkpoints.entries()) {
      expect(commit).toBeGreaterThan(index === 0 ? position!.commit : checkpoints[index - 1]!.commit);
      expect(commit).toBeLessThanOrEqual(last!.commit);
    }
    // Going on from a checkpoint misses nothing that comes behind it.
    const resumed = server.client.subscribeToAll({
      fromPosition: checkpoints[5]!,
      filter: eventTypeFilter({ prefixes: [`done${tag}`] }),
    });
    const [event] = await take(resumed, 1);
    expect(event!.event!.position.commit).toBe(last!.commit);
  });

  test('that is evil does not hang the server', async () => {
    const stream = unique('evil');
    await server.client.appendToStream(stream, events(1, `${'a'.repeat(60)}!`));
    const subscription = server.client.subscribeToAll({ filter: eventTypeFilter({ regex: '^(a+)+$' }) });
    subscription.on('error', () => undefined).on('data', () => undefined);
    await until(
      'another event can be appended',
      async () => (await server.client.appendToStream(stream, events(1))).success,
    );
    await expect(collect(server.client.readStream(stream))).resolves.toHaveLength(2);
    await subscription.unsubscribe();
  });

  test('that is no expression is refused', async () => {
    await failure(take(server.client.subscribeToAll({ filter: eventTypeFilter({ regex: '(' }) }), 1));
  });
});
