import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TaskRecord } from '@slipway/client';
import { startCli } from '../../support/run-cli.js';
import { ServiceProcess } from '../../support/service-process.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { until } from '../../support/until.js';

describe('slipway tasks watch, over a connection that is lost', () => {
  let service: ServiceProcess;
  let network: TcpProxy;

  beforeAll(async () => {
    service = await ServiceProcess.start({ SLIPWAY_SIMULATED_FAILURES: 'ensure_agent=hang' });
    network = await TcpProxy.to(Number(new URL(service.url).port));
  });
  afterAll(async () => {
    await network.stop();
    await service.dispose();
  });

  /** Watches a task that hangs; loses the connection, kills the task meanwhile, and gives the connection back. */
  const watchOverGap = async (...args: string[]) => {
    const repoRemote = 'https://git.example.com/acme/shop.git';
    const { taskId } = await service.client.createTask({ task: 'hangs', repoRemote });
    const cli = startCli(['tasks', 'watch', taskId, ...args], { SLIPWAY_URL: network.through(service.url) });
    await until('the stage that hangs', 20_000, () => cli.stdout.includes('init_ensure_agent'));
    await network.become('refuse');
    await until('it to say so', 20_000, () => `${cli.stdout}${cli.stderr}`.includes('Connection lost'));
    await service.client.killTask(taskId);
    await service.waitForStatus(taskId, 'killed');
    await network.become('pass');
    return cli.ended;
  };

  it('says so in a line, goes on by itself and shows what happened meanwhile', async () => {
    const { code, stdout, stderr } = await watchOverGap();
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(
      /init_ensure_agent.*\nConnection lost: .*Trying again …\nConnected again\.\n(.*\n)*.* killed +\S/,
    );
    expect(stdout.match(/Connection lost/g)).toHaveLength(1);
  });

  it('keeps what programs read free of it', async () => {
    const { code, stdout, stderr } = await watchOverGap('--json');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^slipway: Connection lost: /);
    const states = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TaskRecord);
    expect(states.at(-1)!.status).toBe('killed');
    const positions = states.map(({ position }) => BigInt(position));
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => (a < b ? -1 : 1)));
  });
});
