import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Prompt, type SlipwayClient, SlipwayError } from '@slipway/client';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { SESSION_POINTS } from '../../src/platform/trace-points.js';
import { makeRepository } from '../support/git-repository.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

/**
 * kill -9 at every named place of a conversation with a real agent, which lives on: afterwards each prompt reached it
 * once (or nobody knew, that was said, and somebody had it sent again), and the conversation goes on.
 */
const LIMIT_MS = 90_000;
const OVER = ['done', 'cancelled', 'failed', 'withdrawn'];
/** The moment is another point's as well: nothing happens between the two. */
const SAME_MOMENT = ['prompt.before-call'];
const POINTS = SESSION_POINTS.filter((point) => !SAME_MOMENT.includes(point));

const dir = mkdtempSync(join(tmpdir(), 'slipway-kills-'));
const crashFile = join(dir, 'crash');
let service: ServiceProcess;
let task: TaskRecord;

beforeAll(async () => {
  const repoRemote = await makeRepository(join(dir, 'shop'));
  service = await ServiceProcess.start({
    SLIPWAY_PROVIDERS: 'local',
    SLIPWAY_LOCAL_REPO_ROOTS: dir,
    LOG_LEVEL: 'warn',
    CRASH_FILE: crashFile,
  });
  const { body } = await service.post('/v1/tasks', { task: '!say hello', repoRemote });
  task = await service.waitForTask(body.taskId, ({ activity }) => activity === 'idle', 60_000);
}, LIMIT_MS);

afterAll(async () => {
  await service.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
  await service.waitForStatus(task.taskId, 'killed', 60_000);
  await service.dispose();
  rmSync(dir, { recursive: true, force: true });
}, LIMIT_MS);

/** Asks until there is an answer; a service that has ended is started again. */
async function ask<T>(
  call: (client: SlipwayClient, taskId: string, sessionId: string) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await call(service.client, task.taskId, task.sessionId);
    } catch (error) {
      if (!(error instanceof SlipwayError) || (error.status > 0 && error.status < 500)) throw error;
    }
    if (await service.exitsWithin(100)) await service.start();
  }
}

/** Does what is waited for until the prompt is over. */
async function converse(text: string, key: string): Promise<{ prompt: Prompt; doubts: number }> {
  const { promptId } = await ask((client, t, s) => client.queuePrompt(t, s, text, { idempotencyKey: key }));
  let doubts = 0;
  for (;;) {
    const { items } = await ask((client, t, s) => client.listPrompts(t, s));
    const prompt = items.find((each) => each.promptId === promptId)!;
    if (OVER.includes(prompt.state)) return { prompt, doubts };
    if (prompt.state === 'unsure' && ++doubts > 0)
      await once((client, t, s) => client.resendPrompt(t, s, promptId));
    if (prompt.state === 'working' && text.startsWith('!sleep'))
      await once((client, t, s) => client.cancelTurn(t, s));
    const asked = await ask((client, t, s) => client.listPermissions(t, s, { state: 'pending' }));
    for (const { permissionId } of asked.items)
      await once((client, t, s) => client.answerPermission(t, s, permissionId, 'allow'));
    await pause(30);
  }
}

/** What is done once: where the answer to it was lost in a kill, it is refused the second time, for it is done. */
async function once(call: Parameters<typeof ask<unknown>>[0]): Promise<void> {
  await ask(call).catch((error: unknown) => {
    if (!(error instanceof SlipwayError) || ![404, 409].includes(error.status)) throw error;
  });
}

it.each(POINTS)(
  'a conversation survives a kill at %s',
  async (point) => {
    writeFileSync(crashFile, `${point} 1`);
    process.kill(service.pid, 'SIGUSR2');
    await until('the crash to be armed', 5_000, () => !existsSync(crashFile));
    const { pid } = service;
    const part = point.split('.')[0]!;
    if (part === 'cancel') {
      const { prompt, doubts } = await converse('!sleep 60000', point);
      expect({ state: prompt.state, doubts }).toEqual({ state: 'cancelled', doubts: 0 });
    }
    if (part === 'attach' || part === 'lost') await converse('!exit 3', point);
    const said = `said-${point}`;
    const { prompt, doubts } = await converse(`!run echo ${said} >> ledger\n!say ${said}`, `after-${point}`);
    expect(prompt.state).toBe('done');
    expect(doubts).toBe(point === 'prompt.after-append' ? 1 : 0);
    const count = (where: string) => where.split('\n').filter((line) => line === said).length;
    expect(count(readFileSync(join(task.sandboxPath!, 'ledger'), 'utf8'))).toBe(1);
    const { messages, state } = await ask((client, t, s) => client.getTranscript(t, s));
    expect(count(messages.at(-1)!.text)).toBe(1);
    expect(state).toBe('idle');
    // A point that nobody reaches is no crash point.
    expect(service.pid).not.toBe(pid);
  },
  LIMIT_MS,
);
