import { describe, expect, test } from '@jest/globals';
import {
  DISPATCH_TO_SINGLE,
  eventTypeFilter,
  jsonEvent,
  PARK,
  type PersistentSubscriptionToStreamResolvedEvent,
  type PersistentSubscriptionToStreamSettings,
  persistentSubscriptionToAllSettingsFromDefaults as toAll,
  persistentSubscriptionToStreamSettingsFromDefaults as toStream,
  PINNED,
  RETRY,
  ROUND_ROBIN,
  SKIP,
  START,
  STOP,
} from '@eventstore/db-client';
import { collect, events, take, unique, until } from '../support/events.js';
import { useServer } from '../support/server.js';

const server = useServer();

type Delivery = { key: string; retry: number };

/** A group on a stream of its own and a way to connect consumers that note what they get. */
async function newGroup(changes: Partial<PersistentSubscriptionToStreamSettings> = {}) {
  const [stream, group] = [unique('stream'), unique('group')];
  await server.client.createPersistentSubscriptionToStream(
    stream,
    group,
    toStream({ startFrom: START, ...changes }),
  );
  const consume = (
    handle: (subscription: Subscription, event: Event, key: string) => void | Promise<void>,
    { bufferSize = 10, client = server.client } = {},
  ) => {
    const subscription = client.subscribeToPersistentSubscriptionToStream(stream, group, { bufferSize });
    const got: Delivery[] = [];
    subscription
      .on('error', () => undefined)
      .on('data', (event) => {
        const key = String(event.event?.revision);
        got.push({ key, retry: event.retryCount });
        void handle(subscription, event, key);
      });
    return { subscription, got };
  };
  const info = () => server.client.getPersistentSubscriptionToStreamInfo(stream, group);
  return { stream, group, consume, info, parked: `$persistentsubscription-${stream}::${group}-parked` };
}
type Subscription = ReturnType<typeof server.client.subscribeToPersistentSubscriptionToStream>;
type Event = PersistentSubscriptionToStreamResolvedEvent;

const ack = (subscription: Subscription, event: Event) => subscription.ack(event);
const keys = (got: Delivery[]) => got.map(({ key }) => key);
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i));

describe('delivery', () => {
  test.each([
    ['from the start', START, numbers(0, 8)],
    ['from a revision, inclusive', 2n, numbers(2, 8)],
    ['from the end', 'end', numbers(4, 8)],
  ] as const)('%s', async (_, startFrom, expected) => {
    const stream = unique('stream');
    await server.client.appendToStream(stream, events(4));
    await server.client.createPersistentSubscriptionToStream(stream, 'group', toStream({ startFrom }));
    await server.client.appendToStream(stream, events(4));
    const subscription = server.client.subscribeToPersistentSubscriptionToStream(stream, 'group');
    const got: string[] = [];
    for await (const event of subscription) {
      await subscription.ack(event);
      if (got.push(String(event.event!.revision)) === expected.length) break;
    }
    expect(got).toEqual(expected);
  });

  test('goes on as events are appended', async () => {
    const { stream, consume } = await newGroup();
    const { got, subscription } = consume(ack);
    await server.client.appendToStream(stream, events(3));
    await until('the first have come', () => got.length === 3);
    await server.client.appendToStream(stream, events(300));
    await until('all have come', () => got.length === 303);
    expect(keys(got)).toEqual(numbers(0, 303));
    expect(got.every(({ retry }) => retry === 0)).toBe(true);
    await subscription.unsubscribe();
  });

  test('goes on when a deleted stream comes back', async () => {
    const { stream, consume, info } = await newGroup({ checkPointUpperBound: 1, checkPointLowerBound: 1 });
    await server.client.appendToStream(stream, events(2));
    await server.client.deleteStream(stream);
    const { got, subscription } = consume(ack);
    await until('the consumer is there', async () => (await info()).connections.length === 1);
    await server.client.appendToStream(stream, events(2));
    await until('the new ones have come', () => got.length === 2);
    expect(keys(got)).toEqual(['2', '3']);
    await until('it says so', async () => (await info()).stats.lastCheckpointedEventRevision === 3n);
    await subscription.unsubscribe();
  });

  test('stops at the buffer of a consumer that does not acknowledge', async () => {
    const { stream, consume, info } = await newGroup();
    await server.client.appendToStream(stream, events(50));
    const held: Event[] = [];
    const { got, subscription } = consume((_, event) => void held.push(event), { bufferSize: 5 });
    await until('the buffer is full', () => got.length === 5);
    expect((await info()).stats.totalInFlightMessages).toBe(5);
    await subscription.ack(...held.splice(0, 3));
    await until('as many more have come', () => got.length === 8);
    expect(keys(got)).toEqual(numbers(0, 8));
    await subscription.unsubscribe();
  });

  test('to $all with a filter brings what passes, from a position on, inclusive', async () => {
    const [stream, type, group] = [unique('stream'), unique('type'), unique('group')];
    const { position } = await server.client.appendToStream(stream, events(1, type));
    await server.client.appendToStream(stream, [...events(2, 'other'), ...events(2, type)]);
    await server.client.createPersistentSubscriptionToAll(group, toAll({ startFrom: position! }), {
      filter: eventTypeFilter({ regex: `^${type}$` }),
    });
    const subscription = server.client.subscribeToPersistentSubscriptionToAll(group);
    const got: string[] = [];
    for await (const event of subscription) {
      await subscription.ack(event);
      if (got.push(String(event.event!.revision)) === 3)
        await server.client.appendToStream(stream, events(1, type));
      if (got.length === 4) break;
    }
    expect(got).toEqual(['0', '3', '4', '5']);
  });

  test('begins behind what was acknowledged when a consumer comes back', async () => {
    const { stream, consume, info } = await newGroup({ checkPointUpperBound: 1, checkPointLowerBound: 1 });
    await server.client.appendToStream(stream, events(20));
    const first = consume((subscription, event, key) =>
      Number(key) < 10 ? subscription.ack(event) : undefined,
    );
    await until(
      'ten are acknowledged',
      async () => (await info()).stats.lastCheckpointedEventRevision === 9n,
    );
    await first.subscription.unsubscribe();
    const second = consume(ack);
    await until('the rest has come', () => new Set(keys(second.got)).size === 10);
    expect([...new Set(keys(second.got))].sort((a, b) => Number(a) - Number(b))).toEqual(numbers(10, 20));
    await second.subscription.unsubscribe();
  });
});

describe('a message that is not acknowledged', () => {
  test('comes again after its time, counted', async () => {
    const { stream, consume } = await newGroup({ messageTimeout: 500 });
    await server.client.appendToStream(stream, events(1));
    const { got, subscription } = consume((me, event) =>
      event.retryCount === 2 ? me.ack(event) : undefined,
    );
    await until('it came three times', () => got.length === 3);
    expect(got.map(({ retry }) => retry)).toEqual([0, 1, 2]);
    await subscription.unsubscribe();
  });

  test('is parked when it has come too often', async () => {
    const { stream, consume, info, parked } = await newGroup({ messageTimeout: 300, maxRetryCount: 1 });
    await server.client.appendToStream(stream, events(1));
    const { got, subscription } = consume(() => undefined);
    await until('it is parked', async () => (await info()).stats.parkedMessageCount === 1n);
    expect(got.map(({ retry }) => retry)).toEqual([0, 1]);
    const [link] = await collect(server.client.readStream(parked, { resolveLinkTos: true }));
    expect(link).toMatchObject({ event: { streamId: stream, revision: 0n }, link: { type: '$>' } });
    await subscription.unsubscribe();
  });

  test('goes to another consumer at once when its own is gone', async () => {
    const { stream, consume } = await newGroup({ messageTimeout: 60_000 });
    await server.client.appendToStream(stream, events(10));
    const other = server.connect();
    const dying = consume(() => undefined, { client: other });
    await until('all have been handed out', () => dying.got.length === 10);
    const heir = consume(ack);
    await other.dispose();
    await until('all have come to the other', () => heir.got.length === 10, 5_000);
    expect(keys(heir.got).sort()).toEqual(numbers(0, 10).sort());
    await heir.subscription.unsubscribe();
  });
});

describe('nack', () => {
  test('retry brings it again, skip does not', async () => {
    const { stream, consume } = await newGroup();
    await server.client.appendToStream(stream, events(40));
    const { got, subscription } = consume((me, event, key) => {
      if (Number(key) < 20) return me.nack(SKIP, 'unwanted', event);
      return event.retryCount === 0 ? me.nack(RETRY, 'once more', event) : me.ack(event);
    });
    await until('all came', () => got.length === 60);
    expect(
      got
        .filter(({ retry }) => retry === 1)
        .map(({ key }) => key)
        .sort(),
    ).toEqual(numbers(20, 40).sort());
    await subscription.unsubscribe();
  });

  test('retry parks what has come too often', async () => {
    const { stream, consume, info, parked } = await newGroup({ maxRetryCount: 3 });
    await server.client.appendToStream(stream, events(1));
    const { got, subscription } = consume((me, event) => me.nack(RETRY, 'never', event));
    await until('it is parked', async () => (await info()).stats.parkedMessageCount === 1n);
    expect(got.map(({ retry }) => retry)).toEqual([0, 1, 2, 3]);
    const [link] = await collect(server.client.readStream(parked));
    expect(link!.event!.metadata).toMatchObject({ reason: 'Reached retry count of 3' });
    await subscription.unsubscribe();
  });

  test('park keeps it aside with its reason, and others go on', async () => {
    const { stream, consume, info, parked } = await newGroup();
    await server.client.appendToStream(stream, events(3));
    const { got, subscription } = consume((me, event, key) =>
      key === '1' ? me.nack(PARK, 'poison', event) : me.ack(event),
    );
    await until('it is parked', async () => (await info()).stats.parkedMessageCount === 1n);
    await until('all came', () => got.length === 3);
    const [link] = await collect(server.client.readStream(parked));
    expect(Buffer.from(link!.event!.data as Uint8Array).toString()).toBe(`1@${stream}`);
    expect(link!.event!.metadata).toMatchObject({ reason: "Client explicitly NAK'ed message.\npoison" });
    await subscription.unsubscribe();
  });

  test('stop is done with the message, and the consumer stays', async () => {
    const { stream, consume, info } = await newGroup({ checkPointUpperBound: 1, checkPointLowerBound: 1 });
    await server.client.appendToStream(stream, events(2));
    const { got, subscription } = consume((me, event, key) =>
      key === '0' ? me.nack(STOP, 'enough', event) : me.ack(event),
    );
    await until('both are done with', async () => (await info()).stats.lastCheckpointedEventRevision === 1n);
    await server.client.appendToStream(stream, events(1));
    await until('the next came to the same consumer', () => got.length === 3);
    expect(keys(got)).toEqual(['0', '1', '2']);
    expect((await info()).stats.parkedMessageCount).toBe(0n);
    await subscription.unsubscribe();
  });
});

describe('replaying parked messages', () => {
  async function parkAll(count: number) {
    const group = await newGroup();
    await server.client.appendToStream(group.stream, events(count));
    let replaying = false;
    const consumer = group.consume(
      (me, event) => (replaying ? me.ack(event) : me.nack(PARK, 'later', event)),
      { bufferSize: 100 },
    );
    await until(
      'all are parked',
      async () => (await group.info()).stats.parkedMessageCount === BigInt(count),
    );
    replaying = true;
    consumer.got.length = 0;
    return { ...group, ...consumer };
  }

  test('brings all of them again', async () => {
    const { stream, group, got, info, subscription } = await parkAll(20);
    await server.client.replayParkedMessagesToStream(stream, group);
    await until('all came', () => got.length === 20);
    expect(keys(got)).toEqual(numbers(0, 20));
    await until('none is parked', async () => (await info()).stats.parkedMessageCount === 0n);
    await subscription.unsubscribe();
  });

  test('brings the first ones up to a count, and then the others', async () => {
    const { stream, group, got, info, subscription } = await parkAll(10);
    await server.client.replayParkedMessagesToStream(stream, group, { stopAt: 4 });
    await until('four came', () => got.length >= 4);
    await until('six are left', async () => (await info()).stats.parkedMessageCount === 6n);
    expect(keys(got)).toEqual(numbers(0, 4));
    await server.client.replayParkedMessagesToStream(stream, group);
    await until('the others came', () => got.length === 10);
    expect(keys(got)).toEqual(numbers(0, 10));
    await subscription.unsubscribe();
  });

  test('that are parked again stay parked', async () => {
    const { stream, group, consume, info } = await newGroup();
    await server.client.appendToStream(stream, events(2));
    const { got, subscription } = consume((me, event) => me.nack(PARK, 'always', event));
    await until('both are parked', async () => (await info()).stats.parkedMessageCount === 2n);
    await server.client.replayParkedMessagesToStream(stream, group);
    await until('both came again', () => got.length === 4);
    await until('both are parked again', async () => (await info()).stats.parkedMessageCount === 2n);
    await subscription.unsubscribe();
  });

  test('works for $all', async () => {
    const [stream, type, group] = [unique('stream'), unique('type'), unique('group')];
    await server.client.createPersistentSubscriptionToAll(group, toAll(), {
      filter: eventTypeFilter({ prefixes: [type] }),
    });
    await server.client.appendToStream(stream, jsonEvent({ type, data: { some: 'thing' } }));
    const subscription = server.client.subscribeToPersistentSubscriptionToAll(group);
    const got: unknown[] = [];
    subscription
      .on('error', () => undefined)
      .on(
        'data',
        (event) =>
          void (got.push(event.event?.data) === 1
            ? subscription.nack(PARK, 'later', event)
            : subscription.ack(event)),
      );
    await until(
      'it is parked',
      async () =>
        (await server.client.getPersistentSubscriptionToAllInfo(group)).stats.parkedMessageCount === 1n,
    );
    await server.client.replayParkedMessagesToAll(group);
    await until('it came again', () => got.length === 2);
    expect(got).toEqual([{ some: 'thing' }, { some: 'thing' }]);
    await subscription.unsubscribe();
  });
});

describe('consumer strategies', () => {
  test('round robin gives each its share', async () => {
    const { stream, consume } = await newGroup({ consumerStrategyName: ROUND_ROBIN });
    const consumers = [consume(ack, { bufferSize: 100 }), consume(ack, { bufferSize: 100 })];
    await Promise.all(
      consumers.map(
        ({ subscription }) => new Promise<void>((resolve) => subscription.once('confirmation', resolve)),
      ),
    );
    await server.client.appendToStream(stream, events(60));
    await until('all came', () => consumers[0]!.got.length + consumers[1]!.got.length === 60);
    for (const { got, subscription } of consumers) {
      expect(got.length).toBeGreaterThanOrEqual(20);
      await subscription.unsubscribe();
    }
  });

  test('dispatch to single gives one all that it takes', async () => {
    const { stream, consume } = await newGroup({ consumerStrategyName: DISPATCH_TO_SINGLE });
    const consumers = [consume(ack, { bufferSize: 100 }), consume(ack, { bufferSize: 100 })];
    await Promise.all(
      consumers.map(
        ({ subscription }) => new Promise<void>((resolve) => subscription.once('confirmation', resolve)),
      ),
    );
    await server.client.appendToStream(stream, events(60));
    await until('all came', () => consumers[0]!.got.length + consumers[1]!.got.length === 60);
    expect(consumers.map(({ got }) => got.length).sort((a, b) => a - b)).toEqual([0, 60]);
    for (const { subscription } of consumers) await subscription.unsubscribe();
  });

  test('pinned gives all events of a stream to one, in order, and shares the streams', async () => {
    const [group, type] = [unique('group'), unique('type')];
    await server.client.createPersistentSubscriptionToAll(group, toAll({ consumerStrategyName: PINNED }), {
      filter: eventTypeFilter({ prefixes: [type] }),
    });
    const owners = new Map<string, Set<number>>();
    const order = new Map<string, number[]>();
    let count = 0;
    const consumers = [0, 1].map((me) => {
      const subscription = server.client.subscribeToPersistentSubscriptionToAll(group, { bufferSize: 20 });
      subscription
        .on('error', () => undefined)
        .on('data', (event) => {
          const { streamId, revision } = event.event!;
          owners.set(streamId, (owners.get(streamId) ?? new Set()).add(me));
          order.set(streamId, [...(order.get(streamId) ?? []), Number(revision)]);
          count++;
          void subscription.ack(event);
        });
      return subscription;
    });
    await Promise.all(
      consumers.map((each) => new Promise<void>((resolve) => each.once('confirmation', resolve))),
    );
    const streams = Array.from({ length: 30 }, () => unique('pinned'));
    for (let round = 0; round < 5; round++)
      await Promise.all(streams.map((stream) => server.client.appendToStream(stream, events(2, type))));
    await until('all came', () => count === 300);
    for (const each of owners.values()) expect(each.size).toBe(1);
    for (const each of order.values()) expect(each).toEqual([...each].sort((a, b) => a - b));
    expect(new Set([...owners.values()].map((each) => [...each][0])).size).toBe(2);
    for (const each of consumers) await each.unsubscribe();
  });
});

test('links are resolved when the group says so', async () => {
  const { stream: target } = await newGroup();
  const { stream, consume } = await newGroup({ resolveLinkTos: true });
  await server.client.appendToStream(target, events(1));
  await server.client.appendToStream(stream, jsonEvent({ type: '$>', data: `0@${target}` }));
  const got: Event[] = [];
  const { subscription } = consume((me, event) => {
    got.push(event);
    return me.ack(event);
  });
  await until('it came', () => got.length === 1);
  await subscription.unsubscribe();
  expect(got[0]!.link?.streamId).toBe(stream);
});

test('names of every alphabet work', async () => {
  const [stream, group] = [unique('어학연구소/0️⃣/ด้'), unique('ヽ༼ຈل͜ຈ༽ﾉ')];
  await server.client.createPersistentSubscriptionToStream(stream, group, toStream({ startFrom: START }));
  await server.client.appendToStream(stream, events(1));
  await expect(
    take(server.client.subscribeToPersistentSubscriptionToStream(stream, group), 1),
  ).resolves.toHaveLength(1);
  await expect(server.client.getPersistentSubscriptionToStreamInfo(stream, group)).resolves.toMatchObject({
    groupName: group,
  });
});
