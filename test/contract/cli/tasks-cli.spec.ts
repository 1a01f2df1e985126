import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TaskRecord } from '../../../src/events/task/task-record.js';
import { runCli } from '../../support/run-cli.js';
import { ServiceProcess } from '../../support/service-process.js';

const REMOTE = 'https://git.example.com/acme/shop.git';

/** One after the other, on one service: each test finds what the ones before it have left. */
describe('slipway tasks', () => {
  let service: ServiceProcess;
  let taskId: string;

  beforeAll(async () => {
    service = await ServiceProcess.start();
  });
  afterAll(() => service.dispose());

  const tasks = (...args: string[]) => runCli(['tasks', ...args], { SLIPWAY_DATA_DIR: service.dataDir });
  const json = async <T>(...args: string[]) => JSON.parse((await tasks(...args, '--json')).stdout) as T;

  it('creates a task and watches it, for programs a state a line', async () => {
    const args = ['--repo', REMOTE, '--branch', 'cart', '--key', 'once', '--watch', '--json'];
    const { code, stdout, stderr } = await tasks('create', 'fix: the cart', ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const states = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TaskRecord);
    expect(states.at(-1)).toMatchObject({ status: 'running', title: 'fix: the cart', branchName: 'cart' });
    const positions = states.map(({ position }) => BigInt(position));
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => (a < b ? -1 : 1)));
    taskId = states[0]!.taskId;
  });

  it('gives the same task for the same key, and draws a line a state for people', async () => {
    const again = await tasks(
      'create',
      'fix: the cart',
      '--repo',
      REMOTE,
      '--branch',
      'cart',
      '--key',
      'once',
    );
    expect(again.stdout).toContain(taskId);
    expect((await tasks('watch', taskId)).stdout).toMatch(/running +Running\n$/);
  });

  it('lists tasks, and shows one as it is and as it was', async () => {
    expect(await json('list', '--status', 'running')).toMatchObject([{ taskId, status: 'running' }]);
    expect((await tasks('list', '--status', 'error')).stdout).toMatch(/^TASK +STATUS.*\n$/);
    const { createdAt } = await json<TaskRecord>('show', taskId);
    const was = await json('show', taskId, '--at', createdAt);
    expect(was).toMatchObject({ status: 'init_enqueue_provision', branchName: 'cart' });
  });

  it('says what is wrong, and changes nothing', async () => {
    for (const [ends, args, says] of [
      [2, ['create', 'fix: the cart'], /required option '--repo/],
      [2, ['create', 'x', '--repo', 'ftp://example.com/a.git'], /scheme "ftp" is not allowed/],
      [2, ['list', '--limit', 'ten'], /whole number/],
      [2, ['list', '--status', 'done'], /Allowed choices/],
      [2, ['show', 'cart'], /taskId must be a UUID/],
      [2, ['show', taskId, '--at', 'yesterday'], /at must be/],
      [3, ['watch', '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e'], /6e0b1a52/],
      [4, ['retry', taskId], /running/],
    ] as const) {
      const { code, stdout, stderr } = await tasks(...args);
      expect({ args, code, stdout }).toEqual({ args, code: ends, stdout: '' });
      expect(stderr).toMatch(says);
    }
    expect(await json('list')).toHaveLength(1);
  });

  it('archives and kills, to which watching then says no', async () => {
    expect((await tasks('archive', taskId)).stdout).toMatch(/status +archiving/);
    expect(await tasks('watch', taskId)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/archived/),
    });
    expect(await json('kill', taskId)).toMatchObject({ status: 'killing' });
    expect(await tasks('watch', taskId)).toMatchObject({ code: 1, stdout: expect.stringMatching(/killed/) });
  });
});
