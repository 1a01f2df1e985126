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
let token: string;

beforeAll(async () => {
  browser = await launchChromium();
  service = await ServiceProcess.start({ SLIPWAY_AUTH: 'tokens' });
  const made = await runCli(['tokens', 'bootstrap'], { SLIPWAY_DATA_DIR: service.dataDir });
  const root = new SlipwayClient({ url: service.url, token: made.stdout.trim() });
  await until('the first token to be known', 10_000, () =>
    root.getCaller().then(
      () => true,
      () => false,
    ),
  );
  ({ token } = await root.createToken({ name: 'page', role: 'member', workspaceId: 'acme' }));
  await root.createTask({ task: 'fix: the login', repoRemote: REMOTE, workspaceId: 'acme' });
});
afterAll(async () => {
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
  await page.locator('.who summary').click();
  await page.getByText('acme: member').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  expect(problems).toEqual([]);
  await close();
});
