import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import WebSocket from 'ws';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const REMOTE = 'https://git.example.com/acme/shop.git';

interface Frame {
  event: string;
  data: { topic?: string; position?: string; task?: TaskRecord; code?: string; message?: string };
}

/** A plain client of `/v1/live`, which keeps every frame. */
class LiveClient {
  readonly frames: Frame[] = [];
  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as Frame));
  }

  static async connect(url: string): Promise<LiveClient> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/live`);
    const client = new LiveClient(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return client;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  subscribe(topic: string, after?: string): void {
    this.send({ event: 'subscribe', data: { topic, after } });
  }

  async frame(what: string, wanted: (frame: Frame) => boolean): Promise<Frame> {
    await until(
      () => `${what}, among ${JSON.stringify(this.frames)}`,
      20_000,
      () => this.frames.some(wanted),
    );
    return this.frames.find(wanted)!;
  }

  get tasks(): { position: string; task: TaskRecord }[] {
    return this.frames
      .filter(({ event }) => event === 'task')
      .map(({ data }) => ({ position: data.position!, task: data.task! }));
  }

  close(): void {
    this.socket.terminate();
  }
}

describe('/v1/live', () => {
  let service: ServiceProcess;
  const clients: LiveClient[] = [];
  const connect = async () => {
    const client = await LiveClient.connect(service.url);
    clients.push(client);
    return client;
  };
  const running = (taskId: string) => (frame: Frame) =>
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
    await client.frame('subscribed', ({ event }) => event === 'subscribed');
    const { body } = await service.post('/v1/tasks', {
      task: 'walk',
      repoRemote: REMOTE,
      workspaceId: 'walk',
    });
    await client.frame('running', running(body.taskId));
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
    await client.frame('running', running(body.taskId));
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
    await first.frame('running', running(body.taskId));
    const { position } = first.tasks[0]!;

    const second = await connect();
    second.subscribe(`task:${body.taskId}`, position);
    await second.frame('running', running(body.taskId));
    const later = first.tasks.filter((update) => BigInt(update.position) > BigInt(position));
    expect(second.tasks.map((update) => update.position)).toEqual(later.map((update) => update.position));
  });

  it('pushes nothing that cannot be read over HTTP yet', async () => {
    const client = await connect();
    client.subscribe('workspace:read');
    await client.frame('subscribed', ({ event }) => event === 'subscribed');
    const { body } = await service.post('/v1/tasks', {
      task: 'read',
      repoRemote: REMOTE,
      workspaceId: 'read',
    });
    const { data } = await client.frame('running', running(body.taskId));
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
    const { data } = await client.frame('error', ({ event }) => event === 'error');
    expect(data.code).toMatch(/^[a-z_]+$/);
    expect(data.message).toMatch(/\w{3,}/);
    client.subscribe('workspace:default');
    await client.frame('subscribed', ({ event }) => event === 'subscribed');
  });
});
