import { describe, expect, test } from '@jest/globals';
import {
  DISPATCH_TO_SINGLE,
  END,
  eventTypeFilter,
  PersistentSubscriptionDoesNotExistError,
  PersistentSubscriptionDroppedError,
  PersistentSubscriptionExistsError,
  PersistentSubscriptionMaximumSubscribersReachedError,
  persistentSubscriptionToAllSettingsFromDefaults as toAll,
  persistentSubscriptionToStreamSettingsFromDefaults as toStream,
  PINNED,
  START,
} from '@eventstore/db-client';
import { events, failure, refusal, take, unique, until } from '../support/events.js';
import { useServer } from '../support/server.js';

const server = useServer();

describe('a group on a stream', () => {
  test.each([
    ['the defaults', {}],
    ['from the start', { startFrom: START }],
    ['from a revision', { startFrom: 123n, maxRetryCount: 3, messageTimeout: 4_000 }],
    [
      'other settings',
      {
        startFrom: END,
        resolveLinkTos: true,
        extraStatistics: true,
        checkPointAfter: 1_500,
        checkPointLowerBound: 7,
        checkPointUpperBound: 77,
        maxSubscriberCount: 12,
        liveBufferSize: 600,
        readBatchSize: 30,
        historyBufferSize: 700,
        consumerStrategyName: PINNED,
      },
    ],
  ] as const)('tells its settings: %s', async (_, changes) => {
    const [stream, group] = [unique('stream'), unique('group')];
    const settings = toStream(changes);
    await server.client.createPersistentSubscriptionToStream(stream, group, settings);
    const info = await server.client.getPersistentSubscriptionToStreamInfo(stream, group);
    expect(info).toMatchObject({ eventSource: stream, groupName: group, connections: [] });
    expect(info.settings).toEqual(settings);
    expect(info.stats).toMatchObject({ totalItems: 0n, parkedMessageCount: 0n, totalInFlightMessages: 0 });
    expect(info.status).toBe('Live');
    expect(info.stats.lastKnownEventRevision).toBeUndefined();
    expect(info.stats.lastCheckpointedEventRevision).toBeUndefined();
  });

  test('cannot be created twice', async () => {
    const [stream, group] = [unique('stream'), unique('group')];
    await server.client.createPersistentSubscriptionToStream(stream, group, toStream());
    const error = await failure(
      server.client.createPersistentSubscriptionToStream(stream, group, toStream()),
    );
    expect(error).toBeInstanceOf(PersistentSubscriptionExistsError);
    expect(error).toMatchObject({
      streamName: stream,
      groupName: group,
      message: `6 ALREADY_EXISTS: Subscription group ${group} on stream ${stream} exists.`,
    });
    await server.client.createPersistentSubscriptionToStream(unique('stream'), group, toStream());
  });

  test('cannot have a history buffer that a single read fills', async () => {
    for (const historyBufferSize of [20, 10, -1]) {
      const settings = toStream({ readBatchSize: 20, historyBufferSize });
      const [stream, group] = [unique('stream'), unique('group')];
      await refusal(server.client.createPersistentSubscriptionToStream(stream, group, settings));
      expect(
        await failure(server.client.getPersistentSubscriptionToStreamInfo(stream, group)),
      ).toBeInstanceOf(PersistentSubscriptionDoesNotExistError);
    }
  });

  test('may have times and counts below zero', async () => {
    const [stream, group] = [unique('stream'), unique('group')];
    const settings = toStream({ messageTimeout: -1, maxRetryCount: -1, maxSubscriberCount: -1 });
    await server.client.createPersistentSubscriptionToStream(stream, group, settings);
    await server.client.getPersistentSubscriptionToStreamInfo(stream, group);
  });

  test('takes no consumer with a buffer below zero', async () => {
    const [stream, group] = [unique('stream'), unique('group')];
    await server.client.createPersistentSubscriptionToStream(stream, group, toStream());
    await refusal(() =>
      take(server.client.subscribeToPersistentSubscriptionToStream(stream, group, { bufferSize: -1 }), 1),
    );
  });

  test('is updated, and its consumers are disconnected', async () => {
    const [stream, group] = [unique('stream'), unique('group')];
    await server.client.createPersistentSubscriptionToStream(stream, group, toStream());
    const subscription = server.client.subscribeToPersistentSubscriptionToStream(stream, group);
    const dropped = failure(take(subscription, 1));
    await new Promise<void>((resolve) => subscription.once('confirmation', resolve));
    const changed = toStream({ maxRetryCount: 2, consumerStrategyName: DISPATCH_TO_SINGLE, startFrom: 5n });
    await server.client.updatePersistentSubscriptionToStream(stream, group, changed);
    expect((await server.client.getPersistentSubscriptionToStreamInfo(stream, group)).settings).toEqual(
      changed,
    );
    expect(await dropped).toBeInstanceOf(PersistentSubscriptionDroppedError);
  });

  test('is deleted with its consumers, and can be created anew', async () => {
    const [stream, group] = [unique('stream'), unique('group')];
    await server.client.createPersistentSubscriptionToStream(stream, group, toStream());
    const subscription = server.client.subscribeToPersistentSubscriptionToStream(stream, group);
    const dropped = failure(take(subscription, 1));
    await new Promise<void>((resolve) => subscription.once('confirmation', resolve));
    await server.client.deletePersistentSubscriptionToStream(stream, group);
    const error = await dropped;
    expect(error).toBeInstanceOf(PersistentSubscriptionDroppedError);
    expect(error).toMatchObject({ streamName: stream, groupName: group });
    await server.client.createPersistentSubscriptionToStream(stream, group, toStream({ startFrom: START }));
    await server.client.appendToStream(stream, events(1));
    await expect(
      take(server.client.subscribeToPersistentSubscriptionToStream(stream, group), 1),
    ).resolves.toHaveLength(1);
  });

  test('tells of its connections and how far it is', async () => {
    const [stream, group] = [unique('stream'), unique('group')];
    const settings = toStream({
      startFrom: START,
      extraStatistics: true,
      checkPointUpperBound: 1,
      checkPointLowerBound: 1,
    });
    await server.client.createPersistentSubscriptionToStream(stream, group, settings);
    await server.client.appendToStream(stream, events(4));
    const info = () => server.client.getPersistentSubscriptionToStreamInfo(stream, group);
    const subscription = server.client.subscribeToPersistentSubscriptionToStream(stream, group, {
      bufferSize: 20,
    });
    subscription.on('error', () => undefined).on('data', (event) => void subscription.ack(event));
    const { connections, stats } = await until('all is checkpointed', async () => {
      const now = await info();
      return now.stats.lastCheckpointedEventRevision === 3n ? now : undefined;
    });
    expect(connections).toHaveLength(1);
    expect(connections[0]).toMatchObject({
      connectionName: server.client.connectionName,
      totalItems: 4n,
      inFlightMessages: 0,
      availableSlots: 20,
    });
    expect(connections[0]!.extraStatistics!.get('quintile 3')).toBeDefined();
    expect(stats).toMatchObject({ lastKnownEventRevision: 3n, totalItems: 4n });
    await subscription.unsubscribe();
    await until('the connection is gone', async () => (await info()).connections.length === 0);
  });
});

describe('a group on $all', () => {
  test('tells its settings', async () => {
    const group = unique('group');
    const { position } = await server.client.appendToStream(unique('mark'), events(1));
    for (const startFrom of [START, END, position!] as const) {
      const settings = toAll({ startFrom, maxSubscriberCount: 200 });
      const name = `${group}-${typeof startFrom === 'string' ? startFrom : 'position'}`;
      await server.client.createPersistentSubscriptionToAll(name, settings, {
        filter: eventTypeFilter({ prefixes: ['x'] }),
      });
      const info = await server.client.getPersistentSubscriptionToAllInfo(name);
      expect(info).toMatchObject({ eventSource: '$all', groupName: name, connections: [] });
      expect(info.settings).toEqual(settings);
      expect('lastKnownEventRevision' in info.stats).toBe(false);
    }
  });

  test('is created, updated and deleted', async () => {
    const group = unique('group');
    await server.client.createPersistentSubscriptionToAll(group, toAll());
    expect(await failure(server.client.createPersistentSubscriptionToAll(group, toAll()))).toBeInstanceOf(
      PersistentSubscriptionExistsError,
    );
    const changed = toAll({ maxRetryCount: 1 });
    await server.client.updatePersistentSubscriptionToAll(group, changed);
    expect((await server.client.getPersistentSubscriptionToAllInfo(group)).settings).toEqual(changed);
    await server.client.deletePersistentSubscriptionToAll(group);
    expect(await failure(server.client.getPersistentSubscriptionToAllInfo(group))).toBeInstanceOf(
      PersistentSubscriptionDoesNotExistError,
    );
  });

  test('knows positions, not revisions', async () => {
    const group = unique('group');
    const type = unique('type');
    const { position } = await server.client.appendToStream(unique('mark'), events(1));
    await server.client.createPersistentSubscriptionToAll(
      group,
      toAll({ startFrom: position!, checkPointUpperBound: 1 }),
      {
        filter: eventTypeFilter({ prefixes: [type] }),
      },
    );
    await server.client.appendToStream(unique('stream'), events(20, type));
    const subscription = server.client.subscribeToPersistentSubscriptionToAll(group);
    subscription.on('error', () => undefined).on('data', (event) => void subscription.ack(event));
    const { stats } = await until('there is a checkpoint', async () => {
      const info = await server.client.getPersistentSubscriptionToAllInfo(group);
      return info.stats.lastCheckpointedEventPosition ? info : undefined;
    });
    expect(typeof stats.lastCheckpointedEventPosition!.commit).toBe('bigint');
    expect(typeof stats.lastKnownEventPosition!.prepare).toBe('bigint');
    expect('lastCheckpointedEventRevision' in stats).toBe(false);
    await subscription.unsubscribe();
  });
});

describe('listing', () => {
  test('gives the groups of a stream, of $all, and all of them', async () => {
    const stream = unique('stream');
    const groups = [unique('one'), unique('two')].sort();
    const all = unique('all');
    for (const group of groups)
      await server.client.createPersistentSubscriptionToStream(stream, group, toStream());
    await server.client.createPersistentSubscriptionToAll(all, toAll());
    const names = (infos: { groupName: string }[]) => infos.map(({ groupName }) => groupName).sort();
    expect(names(await server.client.listPersistentSubscriptionsToStream(stream))).toEqual(groups);
    expect(names(await server.client.listPersistentSubscriptionsToAll())).toContain(all);
    expect(names(await server.client.listPersistentSubscriptionsToAll())).not.toContain(groups[0]);
    expect(names(await server.client.listAllPersistentSubscriptions())).toEqual(
      expect.arrayContaining([...groups, all]),
    );
  });

  test('of a stream without groups fails', async () => {
    const stream = unique('stream');
    const error = await failure(server.client.listPersistentSubscriptionsToStream(stream));
    expect(error).toBeInstanceOf(PersistentSubscriptionDoesNotExistError);
    expect(error).toMatchObject({
      streamName: stream,
      message: `5 NOT_FOUND: Subscription group  on stream ${stream} does not exist.`,
    });
  });
});

describe('a group that does not exist', () => {
  const [stream, group] = [unique('stream'), unique('group')];
  test.each<[string, () => Promise<unknown>]>([
    ['update', () => server.client.updatePersistentSubscriptionToStream(stream, group, toStream())],
    ['delete', () => server.client.deletePersistentSubscriptionToStream(stream, group)],
    ['info', () => server.client.getPersistentSubscriptionToStreamInfo(stream, group)],
    ['replay parked', () => server.client.replayParkedMessagesToStream(stream, group)],
    ['subscribe', () => take(server.client.subscribeToPersistentSubscriptionToStream(stream, group), 1)],
  ])('%s fails with its name', async (_, call) => {
    const error = await failure(call);
    expect(error).toBeInstanceOf(PersistentSubscriptionDoesNotExistError);
    expect(error).toMatchObject({
      streamName: stream,
      groupName: group,
      message: `5 NOT_FOUND: Subscription group ${group} on stream ${stream} does not exist.`,
    });
  });

  test('is told of in plain text, whatever is in its name', async () => {
    const odd = unique('$odd/100%: a&b');
    const error = await failure(server.client.deletePersistentSubscriptionToAll(odd));
    expect((error as Error).message).toBe(
      `5 NOT_FOUND: Subscription group ${odd} on stream $all does not exist.`,
    );
  });

  test.each<[string, () => Promise<unknown>]>([
    ['update', () => server.client.updatePersistentSubscriptionToAll(group, toAll())],
    ['delete', () => server.client.deletePersistentSubscriptionToAll(group)],
    ['info', () => server.client.getPersistentSubscriptionToAllInfo(group)],
    ['replay parked', () => server.client.replayParkedMessagesToAll(group)],
    ['subscribe', () => take(server.client.subscribeToPersistentSubscriptionToAll(group), 1)],
  ])('%s on $all fails with its name', async (_, call) => {
    const error = await failure(call);
    expect(error).toBeInstanceOf(PersistentSubscriptionDoesNotExistError);
    expect(error).toMatchObject({ streamName: '$all', groupName: group });
  });
});

test('more consumers than allowed are refused', async () => {
  const [stream, group] = [unique('stream'), unique('group')];
  await server.client.createPersistentSubscriptionToStream(
    stream,
    group,
    toStream({ maxSubscriberCount: 1 }),
  );
  const first = server.client.subscribeToPersistentSubscriptionToStream(stream, group);
  first.on('error', () => undefined).on('data', () => undefined);
  await new Promise<void>((resolve) => first.once('confirmation', resolve));
  const error = await failure(
    take(server.client.subscribeToPersistentSubscriptionToStream(stream, group), 1),
  );
  expect(error).toBeInstanceOf(PersistentSubscriptionMaximumSubscribersReachedError);
  expect(error).toMatchObject({ streamName: stream, groupName: group });
  await first.unsubscribe();
});

test('the subsystem restarts, and groups go on', async () => {
  const [stream, group] = [unique('stream'), unique('group')];
  await server.client.createPersistentSubscriptionToStream(stream, group, toStream({ startFrom: START }));
  await server.client.appendToStream(stream, events(2));
  await expect(server.client.restartPersistentSubscriptionSubsystem()).resolves.toBeUndefined();
  const read = await until('the group is there again', () =>
    take(server.client.subscribeToPersistentSubscriptionToStream(stream, group), 2).catch(() => undefined),
  );
  expect(read).toHaveLength(2);
});
