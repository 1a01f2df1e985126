import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { makeRepository } from '../support/git-repository.js';
import { argumentsOf, processesMentioning } from '../support/processes.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';
import { launchChromium } from './support/chromium.js';
import { openWorkbench } from './support/workbench.js';

const LIMIT_MS = 240_000;

describe('a prompt of which nobody knows whether it reached the agent', () => {
  let browser: Browser;
  let service: ServiceProcess;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-doubt-'));
    await makeRepository(join(folder, 'shop'));
    browser = await launchChromium();
    service = await ServiceProcess.start({ SLIPWAY_PROVIDERS: 'local', SLIPWAY_LOCAL_REPO_ROOTS: folder });
  }, LIMIT_MS);
  afterAll(async () => {
    await browser?.close();
    await service?.dispose();
    await rm(folder, { recursive: true, force: true });
  }, LIMIT_MS);

  it(
    'is shown with what can be done, and sent again when somebody says so, and then once',
    async () => {
      const { body: task } = await service.post('/v1/tasks', {
        task: '!say ready',
        repoRemote: join(folder, 'shop'),
      });
      await service.waitForIdle(task.taskId);
      const server = processesMentioning(task.taskId).find((pid) =>
        argumentsOf(pid)[0]?.endsWith('/sandbox-agent'),
      )!;
      // It takes nothing any more, and dies with what it was given.
      process.kill(server, 'SIGSTOP');
      const workbench = await openWorkbench(browser, `${service.url}/tasks/${task.taskId}`);
      const { page } = workbench;
      const field = page.getByLabel('Message to the agent');
      await field.fill('!say once and no more');
      await field.press('Enter');
      const session = `/v1/tasks/${task.taskId}/sessions/${task.sessionId}`;
      const stateOf = async () =>
        (await service.get<{ items: { state: string }[] }>(`${session}/prompts`)).body.items.at(-1)?.state;
      await until('the prompt to be on its way', 15_000, async () => (await stateOf()) === 'sent');
      process.kill(server, 'SIGKILL');

      const again = page.getByRole('button', { name: 'Send again' });
      await again.waitFor();
      expect((await service.client.getTask(task.taskId)).needsYou).toBe(true);
      await again.focus();
      await page.keyboard.press('Enter');
      await service.waitForIdle(task.taskId);
      await page.getByText('once and no more', { exact: true }).first().waitFor();
      await again.waitFor({ state: 'detached' });
      expect(await stateOf()).toBe('done');
      const { body } = await service.get<{ messages: { role: string; text: string }[] }>(
        `${session}/messages`,
      );
      expect(body.messages.filter(({ role, text }) => role === 'agent' && /once/.test(text))).toHaveLength(1);
      expect(workbench.problems).toEqual([]);
      await workbench.close();
    },
    LIMIT_MS,
  );
});
