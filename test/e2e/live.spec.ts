import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { RawLiveSocket, type LiveFrame } from '../support/raw-live-socket.js';
import { ServiceProcess } from '../support/service-process.js';

const REMOTE = 'https://git.example.com/acme/shop.git';

describe('/v1/live', () => {
  let service: ServiceProcess;
  const clients: RawLiveSocket[] = [];
  const connect = async () => {
    const client = await RawLiveSocket.connect(service.url);
    clients.push(client);
    return client;
  };
  const running = (taskId: string) => (frame: LiveFrame) =>
    frame.data.task?.taskId === taskId && frame.data.task.status === 'running';

  beforeAll(async () => {
    service = await ServiceProcess.start({ SLIPWAY_SIMULATED_LATENCY_MS: '20' });
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await service.dispose();
  });

  it('shows a task walk through every status, in rising position', async () => {
    const client = await connect();
    client.subscribe('workspace:walk');
    await client.frame(({ event }) => event === 'subscribed', 'subscribed');
    const { body } = await service.post('/v1/tasks', {
      task: 'walk',
      repoRemote: REMOTE,
      workspaceId: 'walk',
    });
    await client.frame(running(body.taskId), 'running');
    expect([...new Set(client.tasks.map(({ task }) => task.status))]).toEqual([
      'init_enqueue_provision',
      'init_ensure_name',
      'init_create_sandbox',
      'init_ensure_agent',
      'init_create_session',
      'running',
    ]);
    const positions = client.tasks.map(({ position }) => BigInt(position));
    expect(positions.every((position, i) => i === 0 || position > positions[i - 1]!)).toBe(true);
  });

  it('begins with the current records, and tells a workspace nothing of another', async () => {
    const { body } = await service.post('/v1/tasks', {
      task: 'here',
      repoRemote: REMOTE,
      workspaceId: 'mine',
    });
    await service.post('/v1/tasks', { task: 'there', repoRemote: REMOTE, workspaceId: 'theirs' });
    await service.waitForStatus(body.taskId, 'running');
    const client = await connect();
    client.subscribe('workspace:mine');
    await client.frame(running(body.taskId), 'running');
    expect(new Set(client.tasks.map(({ task }) => task.workspaceId))).toEqual(new Set(['mine']));
  });

  it('resumed with `after` it misses nothing and repeats nothing', async () => {
    const first = await connect();
    const { body } = await service.post('/v1/tasks', {
      task: 'resume',
      repoRemote: REMOTE,
      workspaceId: 'resumed',
    });
    first.subscribe(`task:${body.taskId}`);
    await first.frame(running(body.taskId), 'running');
    const { position } = first.tasks[0]!;

    const second = await connect();
    second.subscribe(`task:${body.taskId}`, position);
    await second.frame(running(body.taskId), 'running');
    const later = first.tasks.filter((update) => BigInt(update.position) > BigInt(position));
    expect(second.tasks.map((update) => update.position)).toEqual(later.map((update) => update.position));
  });

  it('pushes nothing that cannot be read over HTTP yet', async () => {
    const client = await connect();
    client.subscribe('workspace:read');
    await client.frame(({ event }) => event === 'subscribed', 'subscribed');
    const { body } = await service.post('/v1/tasks', {
      task: 'read',
      repoRemote: REMOTE,
      workspaceId: 'read',
    });
    const { data } = await client.frame(running(body.taskId), 'running');
    const list = await service.get<{ items: TaskRecord[] }>('/v1/tasks?workspaceId=read');
    expect(BigInt(list.body.items[0]!.position)).toBeGreaterThanOrEqual(BigInt(data.position!));
  });

  it.each<[string, unknown]>([
    ['what is not JSON', '{'],
    ['an unknown event', { event: 'shout', data: {} }],
    ['a topic of no kind', { event: 'subscribe', data: { topic: 'everything' } }],
    ['a position that is none', { event: 'subscribe', data: { topic: 'workspace:default', after: '-1' } }],
    ['no data', { event: 'subscribe' }],
  ])('answers %s with an error that says what to change, and goes on', async (_, frame) => {
    const client = await connect();
    client.send(frame);
    const { data } = await client.frame(({ event }) => event === 'error', 'error');
    expect(data.code).toMatch(/^[a-z_]+$/);
    expect(data.message).toMatch(/\w{3,}/);
    client.subscribe('workspace:default');
    await client.frame(({ event }) => event === 'subscribed', 'subscribed');
  });
});
