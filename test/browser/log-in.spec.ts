import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { SlipwayClient } from '@slipway/client';
import { LoginProvider } from '../support/login-provider.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';
import { eventually } from './support/eventually.js';
import { launchChromium } from './support/chromium.js';
import { REMOTE, createTask, openWorkbench } from './support/workbench.js';

let browser: Browser;
let provider: LoginProvider;
let service: ServiceProcess;
let root: SlipwayClient;

beforeAll(async () => {
  browser = await launchChromium();
  provider = await LoginProvider.start({
    jane: { name: 'Jane Doe', email: 'jane@acme.example', email_verified: true, groups: ['devs'] },
    eve: { name: 'Eve' },
  });
  service = await ServiceProcess.start({
    ...provider.settings,
    SLIPWAY_OIDC_ROLE_MAP: 'devs=member@acme,devs=viewer@labs',
  });
  provider.admit(service.url);
  const made = await runCli(['tokens', 'bootstrap'], { SLIPWAY_DATA_DIR: service.dataDir });
  root = new SlipwayClient({ url: service.url, token: made.stdout.trim() });
  await root.createTask({ task: 'fix: the login', repoRemote: REMOTE, workspaceId: 'acme' });
});
afterAll(async () => {
  root?.close();
  await browser?.close();
  await service?.dispose();
  await provider?.goAway();
});

const signIn = (page: Page) => page.getByRole('link', { name: 'Sign in with Acme' });
const heading = (page: Page) => page.getByRole('heading', { name: 'Sign in' });
const logIn = async (page: Page, who: string) => {
  await signIn(page).click();
  await page.getByLabel('Name').fill(who);
  await page.getByRole('button', { name: 'Go on' }).click();
};

it('a person logs in at their provider, comes back to what they wanted, works, and logs out there as well', async () => {
  const { page, problems, sockets, close } = await openWorkbench(
    browser,
    `${service.url}/new?workspace=acme`,
  );
  await heading(page).waitFor();
  await logIn(page, 'jane');
  await page.getByLabel('Repository').waitFor();
  expect(page.url()).toBe(`${service.url}/new?workspace=acme`);
  await page.getByText('Live', { exact: true }).waitFor();
  expect(sockets.at(-1)).not.toContain('ticket');
  expect(await page.evaluate<string>('document.cookie')).toBe('');

  await createTask(page, 'fix: the search');
  await page.waitForURL(/\/tasks\//);
  const taskId = new URL(page.url()).pathname.split('/').at(-1)!;
  const { items } = await root.getHistory(taskId);
  expect(items[0]?.metadata).toMatchObject({ actor: 'user:jane' });

  await page.getByText('Jane Doe').click();
  await page.getByText('jane@acme.example').waitFor();
  await page.getByRole('link', { name: 'labs' }).click();
  await page.getByText('Workspace labs').waitFor();
  if ((await page.getByRole('button', { name: 'Sign out' }).isVisible()) === false)
    await page.getByText('Jane Doe').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  // The provider asks whether one wants to leave it as well.
  await page.waitForURL(`${provider.issuer}/**`);
  await page.locator('button[value=yes], button[name=logout]').first().click();
  await page.waitForURL(`${service.url}/`);
  await heading(page).waitFor();
  await signIn(page).click();
  await page.getByLabel('Name').waitFor();
  expect(problems).toEqual([]);
  await close();
});

it('a person of one workspace lands in it, and is told when they are put out, without a click', async () => {
  const { page, problems, close } = await openWorkbench(browser, service.url);
  await heading(page).waitFor();
  await logIn(page, 'jane');
  await page.locator('.task-row').getByText('fix: the login').first().waitFor();
  expect(new URL(page.url()).searchParams.get('workspace')).toBe('acme');
  await page.getByText('Live', { exact: true }).waitFor();
  const { items } = await root.listLogins();
  for (const { loginId } of items) await root.endLogin(loginId);
  await heading(page).waitFor();
  await eventually(() => page.locator('.task-row').count(), 0);
  expect(problems).toEqual([]);
  await close();
});

it('says what went wrong, in words of ours alone, and offers to try again', async () => {
  const { page, problems, close } = await openWorkbench(browser, service.url);
  await heading(page).waitFor();
  await logIn(page, 'eve');
  await page.getByRole('alert').getByText('lets nobody in here').waitFor();
  // As somebody else: the provider asks again, also for one whom it knows.
  await logIn(page, 'jane');
  await page.locator('.task-row').first().waitFor();
  await close();

  const other = await openWorkbench(browser, service.url);
  await heading(other.page).waitFor();
  await provider.goAway();
  await until('the service to have noticed', 20_000, async () => {
    const { headers } = await fetch(`${service.url}/auth/login`, { redirect: 'manual' });
    return headers.get('location') === '/?problem=login_provider_away';
  });
  await signIn(other.page).click();
  await other.page.getByRole('alert').getByText('does not answer').waitFor();
  await provider.comeBack();
  await logIn(other.page, 'jane');
  await other.page.locator('.task-row').first().waitFor();
  await other.close();

  const planted = await openWorkbench(browser, `${service.url}/?problem=<img src=x onerror=alert(1)>`);
  await planted.page.getByRole('alert').getByText('Something unexpected').waitFor();
  expect(problems).toEqual([]);
  await planted.close();
});
