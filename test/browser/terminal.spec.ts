import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { TaskRecord } from '@slipway/client';
import { makeRepository } from '../support/git-repository.js';
import { ServiceProcess } from '../support/service-process.js';
import { launchChromium } from './support/chromium.js';
import { openWorkbench } from './support/workbench.js';

const LIMIT_MS = 180_000;

/** All that a program could tell a terminal to do to the page around it: title, clipboard, a link, markup, a colour of its own. */
const HOSTILE = String.raw`printf '\033]0;hacked\007\033]52;c;aGFja2Vk\007\033]8;;https://evil.example\033\\<b id=planted>click</b>\033]8;;\033\\ \033[38;2;1;200;3mco''loured\033[0m\n'`;

describe('what runs in a sandbox, on the page', () => {
  let browser: Browser;
  let service: ServiceProcess;
  let repository: string;
  let task: TaskRecord;

  beforeAll(async () => {
    repository = await makeRepository(join(await mkdtemp(join(tmpdir(), 'slipway-repos-')), 'shop'));
    [browser, service] = await Promise.all([
      launchChromium(),
      ServiceProcess.start({
        SLIPWAY_PROVIDERS: 'local',
        SLIPWAY_LOCAL_REPO_ROOTS: join(repository, '..'),
      }),
    ]);
    const made = await service.post('/v1/tasks', {
      ...{ task: 'look', repoRemote: repository, setup: "echo '<b>set up</b>'" },
    });
    task = await service.waitForStatus(made.body.taskId, 'running', 60_000);
  }, LIMIT_MS);

  afterAll(async () => {
    await browser?.close();
    await service?.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
    await service?.waitForStatus(task.taskId, 'killed', 60_000);
    await service?.dispose();
    await rm(join(repository, '..'), { recursive: true, force: true });
  }, LIMIT_MS);

  it(
    'shows logs, and a shell whose output does nothing to the page',
    async () => {
      const { page, problems, requests, close } = await openWorkbench(
        browser,
        `${service.url}/tasks/${task.taskId}`,
      );
      const isLoaded = () => requests.some((request) => request.includes('terminal-view'));
      await page.getByRole('tab', { name: 'Logs' }).click();
      await page.getByRole('button', { name: 'Setup', exact: true }).click();
      await page.locator('pre.log').getByText('<b>set up</b>').waitFor();

      await page.getByRole('tab', { name: 'Terminal' }).click();
      expect(isLoaded()).toBe(false);
      await page.getByRole('button', { name: 'Open a shell' }).click();
      const screen = page.locator('.xterm-rows');
      await screen.getByText(/[$#]/).first().waitFor();
      expect(isLoaded()).toBe(true);
      const title = await page.title();
      await page.keyboard.type(HOSTILE);
      await page.keyboard.press('Enter');
      const coloured = screen.getByText('coloured').last();
      await coloured.waitFor();
      expect(await coloured.getAttribute('style')).toContain('color: rgb(1, 200, 3)');
      const link = (await screen.getByText('click').last().boundingBox())!;
      await page.mouse.click(link.x + link.width / 2, link.y + link.height / 2);
      expect(await page.title()).toBe(title);
      expect(await page.locator('#planted').count()).toBe(0);
      expect(page.context().pages()).toHaveLength(1);

      // It goes on behind another tab.
      await page.getByRole('tab', { name: 'History' }).click();
      await page.getByRole('tab', { name: 'Terminal' }).click();
      await screen.getByText('coloured').last().waitFor();
      await page.locator('.xterm-screen').click();
      await page.keyboard.type('exit 3');
      await page.keyboard.press('Enter');
      await page.getByText('the shell ended with exit code 3').waitFor();
      expect(problems).toEqual([]);
      await close();
    },
    LIMIT_MS,
  );
});
