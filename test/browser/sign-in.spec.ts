import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SlipwayClient } from '@slipway/client';
import type { Browser } from 'playwright-core';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';
import { launchChromium } from './support/chromium.js';
import { REMOTE, openWorkbench } from './support/workbench.js';

let browser: Browser;
let service: ServiceProcess;
let root: SlipwayClient;
let token: string;
let taskId: string;

beforeAll(async () => {
  browser = await launchChromium();
  service = await ServiceProcess.start({ SLIPWAY_AUTH: 'tokens' });
  const made = await runCli(['tokens', 'bootstrap'], { SLIPWAY_DATA_DIR: service.dataDir });
  root = new SlipwayClient({ url: service.url, token: made.stdout.trim() });
  await until('the first token to be known', 10_000, () =>
    root.getCaller().then(
      () => true,
      () => false,
    ),
  );
  ({ token } = await root.createToken({ name: 'page', role: 'member', workspaceId: 'acme' }));
  await root.limitWorkspace('acme', { liveTasks: 20 });
  ({ taskId } = await root.createTask({ task: 'fix: the login', repoRemote: REMOTE, workspaceId: 'acme' }));
  await until('the task to have begun', 20_000, async () => {
    const { now } = await root.getUsage('acme');
    return now.liveTasks === 1;
  });
});
afterAll(async () => {
  root?.close();
  await browser?.close();
  await service?.dispose();
});

it('asks who one is, shows the workspace of the token, live, and forgets it on the way out', async () => {
  const { page, problems, sockets, close } = await openWorkbench(browser, service.url);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByLabel('Access token').fill('slw_none');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('The token is none').waitFor();

  await page.getByLabel('Access token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('.task-row').getByText('fix: the login').first().waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  expect(new URL(page.url()).searchParams.get('workspace')).toBe('acme');
  expect(sockets.at(-1)).toMatch(/\?ticket=/);
  expect(sockets.join()).not.toContain(token);

  await page.reload();
  await page.locator('.task-row').first().waitFor();
  await page.locator('.workspace summary').click();
  await page.getByText('1 of 20').waitFor();
  expect(await page.getByRole('link', { name: 'Who did what' }).count()).toBe(0);
  await page.locator('.who summary').click();
  await page.getByText('acme: member').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  expect(problems).toEqual([]);
  await close();
});

it('shows a maintainer who did what, of a task and of all of its workspace, a page after the other', async () => {
  const { token: theirs } = await root.createToken({
    name: 'lead',
    role: 'maintainer',
    workspaceId: 'acme',
  });
  for (let count = 0; count < 50; count++) await root.limitWorkspace('acme', { liveTasks: 21 + count });
  const { page, problems, close } = await openWorkbench(browser, service.url);
  await page.getByLabel('Access token').fill(theirs);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('.task-row').first().click();
  await page.getByRole('tab', { name: 'Details' }).click();
  await page.getByRole('link', { name: 'Who did what' }).click();
  await page.getByRole('cell', { name: 'Task created' }).waitFor();
  expect(await page.getByRole('link', { name: `task ${taskId}` }).count()).toBe(1);
  await page.getByRole('link', { name: 'All of acme' }).click();
  await page.getByRole('cell', { name: 'Workspace limits changed' }).first().waitFor();
  const rows = () => page.locator('tbody tr').count();
  expect(await rows()).toBe(50);
  await page.getByRole('button', { name: 'Look further back' }).click();
  await page.getByRole('cell', { name: 'Task created' }).waitFor();
  expect(await rows()).toBeGreaterThan(50);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  expect(problems).toEqual([]);
  await close();
});
