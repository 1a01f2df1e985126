import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { toTaskRecord } from '../../../src/events/task/task-record.js';
import { TaskStreams } from '../../../src/store/aggregate-streams.js';
import { InMemoryEventStore } from '../../support/in-memory-event-store.js';
import { RawLiveSocket } from '../../support/raw-live-socket.js';
import { ProjectionsApp } from '../../support/projections-app.js';
import { append, asTask } from '../../support/recorded-tasks.js';
import { RowsServer } from '../../support/rows-server.js';
import { HISTORIES } from '../../support/task-history.js';
import { until } from '../../support/until.js';

const LENGTH = HISTORIES.running.length;

describe('/v1/live', () => {
  let rows: RowsServer;
  let url: string;
  let app: ProjectionsApp;
  const store = new InMemoryEventStore();
  const clients: RawLiveSocket[] = [];

  const connect = async (headers?: Record<string, string>): Promise<RawLiveSocket> => {
    const client = await RawLiveSocket.connect(app.url, headers);
    clients.push(client);
    return client;
  };
  /** A task's whole way to running, an append an event. Answers the positions. */
  const runTask = async (workspaceId: string, taskId: string = randomUUID()): Promise<bigint[]> => {
    const positions: bigint[] = [];
    for (const event of asTask(HISTORIES.running, taskId, { workspaceId }))
      positions.push((await append(store, taskId, [event], BigInt(positions.length) - 1n)).position);
    return positions;
  };
  const positionsOf = (client: RawLiveSocket) => client.tasks.map(({ position }) => position);

  beforeAll(async () => {
    rows = await RowsServer.start();
    url = await rows.createDatabase();
    app = await ProjectionsApp.start(url, store);
    await app.becomes('active');
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(async () => {
    await app.stop();
    await store.close();
    await rows.stop();
  });

  it('sends the current records, then every event as a record of its own, as it can be read', async () => {
    const workspaceId = 'first';
    const before = await runTask(workspaceId);
    await app.isAt(before.at(-1)!);
    const client = await connect();
    client.subscribe(`workspace:${workspaceId}`);
    await client.sees(before.at(-1)!);
    expect(client.frames[0]).toEqual({
      event: 'subscribed',
      data: { topic: `workspace:${workspaceId}`, position: '0' },
    });
    const taskId = randomUUID();
    const after = await runTask(workspaceId, taskId);
    await client.sees(after.at(-1)!);
    expect(positionsOf(client)).toEqual([before.at(-1), ...after]);
    for (const { position, task } of client.tasks) expect(task.position).toBe(String(position));
    expect(client.tasks.at(-1)!.task).toEqual(toTaskRecord(await new TaskStreams(store).refresh(taskId)));
    expect(new Set(client.tasks.map(({ task }) => task.status)).size).toBeGreaterThan(4);
  });

  it('follows one task, in its own workspace or not, and nothing else', async () => {
    const [taskId, workspaceId] = [randomUUID(), 'one-task'];
    const client = await connect();
    client.subscribe(`task:${taskId}`);
    await client.frame(({ event }) => event === 'subscribed');
    await runTask(workspaceId);
    const positions = await runTask(workspaceId, taskId);
    await runTask(workspaceId);
    await client.sees(positions.at(-1)!);
    expect(positionsOf(client)).toEqual(positions);
  });

  it('goes on after any position, event by event, without a gap or a repetition', async () => {
    const workspaceId = 'resume';
    const positions = [...(await runTask(workspaceId)), ...(await runTask(workspaceId))];
    await app.isAt(positions.at(-1)!);
    const resumed = [0, 4, LENGTH, positions.length - 1];
    for (const from of resumed) {
      const client = await connect();
      client.subscribe(`workspace:${workspaceId}`, positions[from]!);
      const subscribed = await client.frame(({ event }) => event === 'subscribed');
      expect(subscribed.data.position).toBe(String(positions[from]));
    }
    positions.push(...(await runTask(workspaceId)));
    for (const [index, from] of resumed.entries()) {
      await clients[index]!.sees(positions.at(-1)!);
      expect(positionsOf(clients[index]!)).toEqual(positions.slice(from + 1));
    }
  });

  it('makes up for what happened before its own start from the rows: the latest record of each task', async () => {
    const workspaceId = 'restart';
    const [first, second, third] = [
      await runTask(workspaceId),
      await runTask(workspaceId),
      await runTask(workspaceId),
    ];
    await app.isAt(third.at(-1)!);
    await app.stop();
    app = await ProjectionsApp.start(url, store);
    await app.becomes('active');
    const client = await connect();
    client.subscribe(`workspace:${workspaceId}`, first.at(-1)!);
    await client.sees(third.at(-1)!);
    const fourth = await runTask(workspaceId);
    await client.sees(fourth.at(-1)!);
    expect(positionsOf(client)).toEqual([second.at(-1), third.at(-1), ...fourth]);
  });

  it('waits for rows that a client is ahead of, and resets a client whose position is of another log', async () => {
    const workspaceId = 'ahead';
    await app.isAt((await runTask(workspaceId)).at(-1)!);
    const client = await connect();
    client.subscribe(`workspace:${workspaceId}`, 2n ** 62n);
    const reset = await until('a reset', 15_000, () =>
      client.frames.some(({ event }) => event === 'reset'),
    ).then(() => client.frames.find(({ event }) => event === 'reset')!);
    expect(reset.data).toMatchObject({ topic: `workspace:${workspaceId}`, position: '0' });
    await until('the records', 5_000, () => client.tasks.length === 1);
    const positions = await runTask(workspaceId);
    await client.sees(positions.at(-1)!);
    expect(positionsOf(client).slice(1)).toEqual(positions);
  }, 30_000);

  it('stops at unsubscribe, and begins anew when a topic is subscribed to again', async () => {
    const workspaceId = 'leave';
    const client = await connect();
    client.subscribe(`workspace:${workspaceId}`);
    const first = await runTask(workspaceId);
    await client.sees(first.at(-1)!);
    client.send({ event: 'unsubscribe', data: { topic: `workspace:${workspaceId}` } });
    await client.frame(({ event }) => event === 'unsubscribed');
    const missed = await runTask(workspaceId);
    await app.isAt(missed.at(-1)!);
    expect(positionsOf(client)).toEqual(first);
    client.subscribe(`workspace:${workspaceId}`, first.at(-1)!);
    await client.sees(missed.at(-1)!);
    expect(positionsOf(client)).toEqual([...first, ...missed]);
  });

  it.each([
    ['not JSON', 'malformed_frame', 'JSON'],
    ['[1]', 'malformed_frame', 'object'],
    ['x'.repeat(5_000), 'malformed_frame', '4096'],
    [{ event: 'publish', data: {} }, 'unknown_event', '"subscribe"'],
    [{ event: 'subscribe' }, 'malformed_frame', '"data"'],
    [{ event: 'subscribe', data: { topic: 'workspace:' } }, 'unknown_topic', 'workspace:<workspace id>'],
    [{ event: 'subscribe', data: { topic: "task:x' OR 1=1" } }, 'unknown_topic', 'task:<task id'],
    [{ event: 'subscribe', data: { topic: 'workspace:a', after: 12 } }, 'invalid_after', 'decimal string'],
    [{ event: 'subscribe', data: { topic: 'workspace:a', after: '-1' } }, 'invalid_after', 'decimal string'],
  ])('answers %j with an error frame that says what to change, and goes on', async (frame, code, says) => {
    const client = await connect();
    client.send(frame);
    const { data } = await client.frame(({ event }) => event === 'error');
    expect(data).toEqual({ code, message: expect.stringContaining(says) });
    client.subscribe('workspace:a');
    await client.frame(({ event }) => event === 'subscribed');
  });

  it('follows a hundred topics at most, ends frames without measure and endless nonsense', async () => {
    const client = await connect();
    for (let number = 0; number <= 100; number++) client.subscribe(`workspace:w${number}`);
    const { data } = await client.frame(({ event }) => event === 'error');
    expect(data.code).toBe('too_many_subscriptions');
    expect(client.frames.filter(({ event }) => event === 'subscribed')).toHaveLength(100);

    const huge = await connect();
    huge.send('x'.repeat(70_000));
    await until('the end of the huge one', 5_000, () => huge.closed?.code === 1009);
    const nonsense = await connect();
    for (let number = 0; number < 100; number++) nonsense.send('?');
    await until('the end of nonsense', 5_000, () => nonsense.closed?.code === 1008);
  });

  it('is not for the pages of other sites', async () => {
    const { host } = new URL(app.url);
    await connect({ origin: `http://${host}` });
    await expect(connect({ origin: 'https://evil.example' })).rejects.toThrow('403');
  });

  it('tells its clients to reconnect when it stops', async () => {
    const client = await connect();
    client.subscribe('workspace:default');
    await client.frame(({ event }) => event === 'subscribed');
    await app.stop();
    await until('the close', 5_000, () => client.closed !== undefined);
    expect(client.closed).toEqual({ code: 1012, reason: expect.stringContaining('reconnect') });
    app = await ProjectionsApp.start(url, store);
  });
});
