import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { TaskRecord } from '@slipway/client';
import { Chat } from '../../../src/cli/chat/chat.js';
import { ServiceProcess } from '../../support/service-process.js';
import { until } from '../../support/until.js';

const CLI = join(import.meta.dirname, '../../../dist/cli/slipway.js');
const CTRL_C = '\x03';

describe('slipway chat', () => {
  let service: ServiceProcess;
  let task: TaskRecord;

  beforeAll(async () => {
    service = await ServiceProcess.start();
  });
  afterAll(() => service.dispose());
  beforeEach(async () => {
    const repoRemote = 'https://git.example.com/acme/shop.git';
    task = (await service.post<TaskRecord>('/v1/tasks', { task: '!say hello', repoRemote })).body;
    await service.waitForTask(task.taskId, ({ activity }) => activity === 'idle');
  });

  /** A chat at a terminal that is none, and what it has shown. */
  const talk = () => {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
    let shown = '';
    output.on('data', (data: Buffer) => (shown += data.toString()));
    const chat = new Chat(service.client, task, { input, output });
    const left = chat.run();
    return {
      left,
      type: (text: string) => input.write(text),
      sees: (text: RegExp) => until(`${text} to be shown`, 20_000, async () => text.test(shown)),
    };
  };

  it('shows what was said, asks what is typed, and leaves at once when nothing is done', async () => {
    const { left, type, sees } = talk();
    await sees(/hello\n/);
    type('!say good morning\r');
    await sees(/[\nJ]good morning\n[^]*-- end_turn\n/);
    type(CTRL_C);
    expect(await left).toBe(0);
  });

  it('answers with one key what the agent asks', async () => {
    const { left, type, sees } = talk();
    type('!ask Really?\r');
    await sees(/\[1\] /);
    type('1');
    await sees(/ {2}= .*, by person\n[^]*-- end_turn/);
    const { items } = await service.client.listPrompts(task.taskId, task.sessionId);
    expect(items.map(({ text }) => text)).toEqual(['!say hello', '!ask Really?']);
    type(CTRL_C);
    expect(await left).toBe(0);
  });

  it('stops the agent at a Ctrl-C, and leaves at the next', async () => {
    const { left, type, sees } = talk();
    type('!sleep 60000\r');
    await service.waitForTask(task.taskId, ({ activity }) => activity === 'working');
    await sees(/> !sleep 60000\n/);
    type(CTRL_C);
    await sees(/Asking the agent to stop[^]*-- cancelled/);
    type('!sleep 60000\r');
    await sees(/-- cancelled[^]*> !sleep 60000\n/);
    type(CTRL_C);
    await sees(/Asking the agent to stop[^]*Asking the agent to stop/);
    type(CTRL_C);
    expect(await left).toBe(0);
  });

  it('stops at a Ctrl-C also what is still on its way to the service', async () => {
    const { left, type, sees } = talk();
    await sees(/hello\n[^]*-- end_turn\n/);
    type('!sleep 60000\r');
    type(CTRL_C);
    await sees(/Asking the agent to stop/);
    await until('it to be stopped or taken back', 20_000, async () => {
      const { items } = await service.client.listPrompts(task.taskId, task.sessionId);
      return ['cancelled', 'withdrawn'].includes(items.at(-1)!.state) && items.length === 2;
    });
    type(CTRL_C);
    expect(await left).toBe(0);
  });

  it('says when the session is over', async () => {
    const { left, sees } = talk();
    await sees(/hello\n/);
    await service.post(`/v1/tasks/${task.taskId}/archive`, { discardChanges: true });
    expect(await left).toBe(1);
    await sees(/The session is over/);
  });

  it('asks what comes from a pipe line by line, and waits for the end of it', async () => {
    const child = spawn(process.execPath, [CLI, 'chat', task.taskId], {
      env: { PATH: process.env.PATH, SLIPWAY_DATA_DIR: service.dataDir },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    child.stdout.on('data', (data: Buffer) => (shown += data.toString()));
    child.stdin.end('!say one\n!sleep 300\n!say \x1b[2Jthree\n');
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(shown).toMatch(/\none\n[^]*-- end_turn[^]*three\n[^]*-- end_turn\n$/);
    expect(shown).not.toContain('\x1b');
  });
});
