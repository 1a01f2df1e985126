import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { ServiceProcess } from '../../support/service-process.js';

const EXAMPLE = join(import.meta.dirname, '../../../examples/watch-a-task.mjs');
const REMOTE = 'https://git.example.com/acme/shop.git';

describe('examples/watch-a-task.mjs', () => {
  let service: ServiceProcess;
  beforeAll(async () => {
    service = await ServiceProcess.start({ SLIPWAY_SIMULATED_LATENCY_MS: '50' });
  });
  afterAll(() => service.dispose());

  const run = (...args: string[]) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      const env = { PATH: process.env.PATH, SLIPWAY_URL: service.url };
      execFile(process.execPath, [EXAMPLE, ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    });

  it('creates a task, shows its states to the end and ends by itself', async () => {
    const { code, stdout, stderr } = await run('fix: the cart', REMOTE);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const taskId = /^task (\S+)\n/.exec(stdout)![1]!;
    expect((await service.client.getTask(taskId)).status).toBe('running');
    expect(stdout).toMatch(/\ninit_create_sandbox .*\n(.*\n)*running +Running\n$/);
  });

  it('says what is wrong', async () => {
    const wrong = await run('fix: the cart', 'ftp://example.com/a.git');
    expect(wrong).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^invalid_request: .*ftp/) });
    expect(await run()).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^Usage: /) });
  });
});
