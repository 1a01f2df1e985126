import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TaskRecord } from '@slipway/client';
import { ServiceProcess } from '../../support/service-process.js';
import { until } from '../../support/until.js';

const CLI = join(import.meta.dirname, '../../../dist/cli/slipway.js');
const CTRL_C = '\x03';

/* A real terminal, which `script` of util-linux makes. */
describe('slipway chat in a terminal', () => {
  let service: ServiceProcess;
  let task: TaskRecord;
  let terminal: ChildProcess | undefined;

  beforeAll(async () => {
    service = await ServiceProcess.start();
    const repoRemote = 'https://git.example.com/acme/shop.git';
    task = (await service.post<TaskRecord>('/v1/tasks', { task: '!say hello', repoRemote })).body;
    await service.waitForTask(task.taskId, ({ activity }) => activity === 'idle');
  });
  afterAll(async () => {
    terminal?.kill();
    await service.dispose();
  });

  it('answers with a key, queues, stops, goes on over a kill -9 of the service and in a narrower window, and leaves', async () => {
    const command = `tty; stty cols 80 rows 24; exec '${process.execPath}' '${CLI}' chat ${task.taskId}`;
    const child = spawn('script', ['-qfec', command, '/dev/null'], {
      env: { PATH: process.env.PATH, TERM: 'xterm', SLIPWAY_DATA_DIR: service.dataDir, SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    terminal = child;
    const left = new Promise((resolve) => child.once('close', resolve));
    let shown = '';
    child.stdout.on('data', (data: Buffer) => (shown += data.toString()));
    /** Waits for what comes after all that was waited for before. */
    let seen = 0;
    const sees = (text: RegExp) =>
      until(
        () => `${text} to be shown after ${JSON.stringify(shown.slice(seen))}`,
        30_000,
        () => {
          const found = text.exec(shown.slice(seen));
          if (found) seen += found.index + found[0].length;
          return found !== null;
        },
      );
    const type = (text: string) => child.stdin.write(text);
    const states = async () =>
      (await service.client.listPrompts(task.taskId, task.sessionId)).items.map(
        ({ text, state }) => `${text} ${state}`,
      );

    await sees(/hello\r\n[^]*-- end_turn\r\n/);
    const tty = /\/dev\/pts\/\d+/.exec(shown)![0];

    type('!ask Really?\r');
    await sees(/\[1\] Allow once/);
    type('1');
    await sees(/= Allow once, by person\r\n[^]*Really\?: allow\r\n[^]*-- end_turn/);

    type('!sleep 600000\r');
    await service.waitForTask(task.taskId, ({ activity }) => activity === 'working');
    await sees(/> !sleep 600000\r\n/);
    type('!say after the stop\r');
    await until('it to wait', 20_000, async () => (await states()).includes('!say after the stop queued'));
    type(CTRL_C);
    await sees(/Asking the agent to stop[^]*-- cancelled[^]*[\nJ]after the stop\r\n[^]*-- end_turn/);

    const { port } = new URL(service.url);
    await service.kill();
    await sees(/! Connection lost: /);
    type('!say typed meanwhile\r');
    // What could not be asked is on the line again.
    await sees(/ECONNREFUSED[^]*!say typed meanwhile$/);
    await service.start({ PORT: port });
    await sees(/! Connected again\./);
    await promisify(execFile)('stty', ['-F', tty, 'cols', '40']);
    type('\r');
    await sees(/J?typed meanwhile\r\n[^]*-- end_turn/);
    expect((await states()).filter((state) => state.startsWith('!say typed'))).toEqual([
      '!say typed meanwhile done',
    ]);

    type(CTRL_C);
    expect(await left).toBe(0);
  });
});
