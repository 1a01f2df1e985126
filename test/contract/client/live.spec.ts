import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SlipwayClient, workspaceTopic, type ClientOptions } from '@slipway/client';
import { WebSocket } from 'ws';
import { Followed } from '../../support/followed.js';
import { ServiceProcess } from '../../support/service-process.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { until } from '../../support/until.js';

const REMOTE = 'https://git.example.com/acme/shop.git';
const TASKS = 12;
const STATUSES = [
  'init_enqueue_provision',
  'init_ensure_name',
  'init_create_sandbox',
  'init_ensure_agent',
  'init_create_session',
  'running',
];

/** The service is reached over a network that fails. */
describe('the live client', () => {
  let service: ServiceProcess;
  let network: TcpProxy;
  let client: SlipwayClient;
  let number = 0;
  let workspaceId = '';

  beforeAll(async () => {
    service = await ServiceProcess.start({ SLIPWAY_SIMULATED_LATENCY_MS: '100' });
    network = await TcpProxy.to(Number(new URL(service.url).port));
  });
  beforeEach(() => {
    workspaceId = `w-${number++}`;
    client = connect();
  });
  afterEach(() => client.close());
  afterAll(async () => {
    await network.stop();
    await service.dispose();
  });

  const connect = (options: Partial<ClientOptions> = {}) =>
    new SlipwayClient({ url: network.through(service.url), ...options });
  const create = async (task: string): Promise<string> =>
    (await service.client.createTask({ task, repoRemote: REMOTE, workspaceId })).taskId;
  /** The position of everything that happened to the tasks, as the histories have it. */
  const happened = async (taskIds: readonly string[]): Promise<bigint[]> => {
    const histories = await Promise.all(
      taskIds.map(async (taskId) => (await service.client.getHistory(taskId, { limit: 200 })).items),
    );
    return histories
      .flatMap((items) => items.map(({ position }) => BigInt(position)))
      .sort((a, b) => (a < b ? -1 : 1));
  };
  /** Follows the workspace from where it is now on: so every single update comes, and not the latest of each task. */
  const follow = async (): Promise<Followed> => {
    const { position } = await service.waitForIdle(await create('marks the place'));
    const followed = new Followed(client, workspaceTopic(workspaceId), position);
    await followed.is('live');
    return followed;
  };
  /** Every task runs and is at rest, as far as its follower knows. */
  const allRun = (followed: Followed, taskIds: readonly string[]) =>
    until('every task to run', 30_000, () =>
      taskIds.every((taskId) => {
        const last = followed.tasks.findLast((task) => task.taskId === taskId);
        return (
          last?.status === 'running' && last.activity === 'idle' && last.sessions[0]?.queuedPrompts === 0
        );
      }),
    );

  it.each<[string, Partial<ClientOptions>]>([
    ['the WebSocket that it finds', {}],
    ['the WebSocket of ws, given in', { WebSocket }],
  ])(
    'loses no update and sees none twice while its connection is cut again and again, with %s',
    async (_, options) => {
      client = connect(options);
      const followed = await follow();
      const taskIds: string[] = [];
      for (let n = 0; n < TASKS; n++) {
        taskIds.push(await create(`cut ${n}`));
        const { epoch } = client.live.getStatus();
        // Each time in another place: in the middle of the work of the tasks before.
        network.resetAll();
        if (n % 3 === 0)
          await until('the next connection', 20_000, () => client.live.getStatus().epoch > epoch);
      }
      await allRun(followed, taskIds);
      expect(followed.positions).toEqual(await happened(taskIds));
      expect(followed.resets).toBe(0);
      expect(client.live.getStatus().epoch).toBeGreaterThanOrEqual(TASKS / 3);
      const lost = followed.links.find(({ phase }) => phase === 'down')!;
      expect(lost).toEqual({
        phase: 'down',
        epoch: 1,
        retryAt: expect.any(Number),
        reason: expect.stringMatching(/\w{3}/),
      });
    },
  );

  it('says that the service cannot be reached, and goes on when it can', async () => {
    const followed = await follow();
    const before = await create('before');
    await followed.sees('the first', ({ taskId, status }) => taskId === before && status === 'running');
    await network.become('refuse');
    await followed.is('down');
    const meanwhile = await create('meanwhile');
    await service.waitForStatus(meanwhile, 'running');
    const attempts = () =>
      followed.links.filter(({ phase, retryAt }) => phase === 'down' && retryAt !== null).length;
    await until('several attempts', 20_000, () => attempts() >= 3);
    expect(followed.tasks.some(({ taskId }) => taskId === meanwhile)).toBe(false);
    await network.become('pass');
    client.live.connectNow();
    await allRun(followed, [meanwhile]);
    expect(followed.positions).toEqual(await happened([before, meanwhile]));
  });

  it('notices a connection that died without a word', async () => {
    const followed = await follow();
    const before = await create('before');
    await followed.sees('the first', ({ status }) => status === 'running');
    await network.become('half open');
    const meanwhile = await create('meanwhile');
    await service.waitForStatus(meanwhile, 'running');
    await network.become('pass');
    expect(client.live.getStatus()).toMatchObject({ phase: 'live', epoch: 1 });
    client.live.check();
    await followed.is('down');
    expect(client.live.getStatus().reason).toBe('the service does not answer');
    await allRun(followed, [meanwhile]);
    expect(followed.positions).toEqual(await happened([before, meanwhile]));
  });

  it('watches a task over a kill -9 of the service, in rising position to its end', async () => {
    const { port } = new URL(service.url);
    const taskId = await create('outlives it');
    const states: { position: bigint; status: string }[] = [];
    for await (const { position, status } of client.watchTask(taskId)) {
      states.push({ position: BigInt(position), status });
      if (status === 'running') break;
      if (states.length !== 2) continue;
      await service.kill();
      await service.start({ PORT: port });
    }
    const positions = states.map(({ position }) => position);
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => (a < b ? -1 : 1)));
    const places = states.map(({ status }) => STATUSES.indexOf(status));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(states.at(-1)!.status).toBe('running');
    // Nothing is followed any more.
    expect(client.live.getStatus().phase).toBe('idle');
  });

  it('goes on after a position that it is given, and rejects for a topic that there cannot be', async () => {
    const taskId = await create('from here');
    const { position } = await service.waitForIdle(taskId);
    const history = await happened([taskId]);
    const followed = new Followed(client, `task:${taskId}`, String(history[2]));
    await followed.sees('the last', (task) => task.position === position);
    expect(followed.positions.at(0)).toBe(history[3]);
    expect(followed.positions).toEqual(history.slice(3));
    const nonsense = client.watch('task:cart').next();
    await expect(nonsense).rejects.toMatchObject({ name: 'SlipwayError', code: 'unknown_topic' });
    const enough = client.watchTask(taskId, { after: position, signal: AbortSignal.timeout(50) }).next();
    await expect(enough).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
