import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SlipwayClient } from '@slipway/client';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HAS_ENGINE, IMAGE } from '../contract/providers/docker-fixture.js';
import { until } from '../support/until.js';

const PROJECT = process.cwd();
const LIMIT_MS = 180_000;
const run = promisify(execFile);
const [describeEngine, without] = HAS_ENGINE ? [describe, ''] : [describe.skip, ' (skipped: no engine)'];

const docker = async (...args: string[]) => (await run('docker', args)).stdout.trim();

/** On a base that is here, for there may be no registry: the image of sandboxes has node and git as well. */
describeEngine(`the image of the service${without}`, () => {
  const name = `slipway-test-${randomUUID().slice(0, 8)}`;
  const client = async () => {
    const address = (await docker('port', name, '3000/tcp')).split('\n')[0]!;
    const token = await docker('exec', name, 'slipway', 'tokens', 'bootstrap');
    return new SlipwayClient({ url: `http://${address}`, token });
  };
  const isHealthy = async () => {
    await until('the container to be healthy', LIMIT_MS, async () => {
      const state = await docker('inspect', '--format', '{{.State.Status}} {{.State.Health.Status}}', name);
      return state.startsWith('exited') || state === 'running healthy';
    });
    const isRunning = await docker('inspect', '--format', '{{.State.Running}}', name);
    if (isRunning !== 'true') throw new Error(`It has ended: ${await docker('logs', name)}`);
  };

  beforeAll(async () => {
    await run(process.execPath, [join(PROJECT, 'scripts/image-service.mjs'), '--tag', name, '--base', IMAGE]);
    const settings = ['--env', 'SLIPWAY_PROVIDERS=simulated', '--publish', '127.0.0.1::3000'];
    const engine = ['--init', '--cap-drop', 'ALL', '--health-interval', '1s'];
    await docker('run', '--detach', '--name', name, ...engine, ...settings, name);
    await isHealthy();
  }, LIMIT_MS);
  afterAll(async () => {
    await docker('rm', '--force', '--volumes', name).catch(() => undefined);
    await docker('rmi', '--force', name).catch(() => undefined);
  }, LIMIT_MS);

  it('runs as a user of its own, asks for a token, and takes a task to the end', async () => {
    expect(await docker('exec', name, 'id', '-u')).toBe('10001');
    const slipway = await client();
    try {
      await expect(new SlipwayClient({ url: slipway.url }).listTasks({})).rejects.toMatchObject({
        status: 401,
      });
      const { taskId } = await slipway.createTask({
        task: 'fix it',
        repoRemote: 'https://git.example.com/acme/shop.git',
      });
      await until(
        'the task to run',
        60_000,
        async () => (await slipway.getTask(taskId)).status === 'running',
      );
    } finally {
      slipway.close();
    }
  });

  it('stops in good order, and has what it had when it is started again', async () => {
    await docker('stop', '--time', '30', name);
    expect(await docker('inspect', '--format', '{{.State.ExitCode}}', name)).toBe('0');
    await docker('start', name);
    await isHealthy();
    const slipway = await client();
    try {
      await until('the rows', 60_000, async () => (await slipway.listTasks({})).items.length === 1);
    } finally {
      slipway.close();
    }
  });
});
