import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { git, makeRepository } from '../contract/providers/repository.js';
import { GitHost } from '../support/git-host.js';
import { HostingApi } from '../support/hosting-api.js';
import { ServiceProcess } from '../support/service-process.js';
import { launchChromium } from './support/chromium.js';
import { openWorkbench } from './support/workbench.js';

const LIMIT_MS = 180_000;
const TOKEN = 'right-token';

describe('what a task’s agent has done, on its way out', () => {
  let browser: Browser;
  let folder = '';
  let bare = '';
  let api: HostingApi;
  let host: GitHost;
  let service: ServiceProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-delivery-'));
    makeRepository(join(folder, 'work'));
    bare = join(folder, 'acme/shop.git');
    git(folder, 'clone', '--quiet', '--bare', 'work', bare);
    git(bare, 'config', 'http.receivepack', 'true');
    api = new HostingApi(folder, TOKEN);
    host = await GitHost.start({ root: folder, token: TOKEN, api: api.handle });
    browser = await launchChromium();
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_ALLOW_PRIVATE_HOSTS: '127.0.0.1',
      SLIPWAY_GIT_HOSTS: `${host.name}=github`,
      GIT_SSL_CAINFO: host.certificate,
      NODE_EXTRA_CA_CERTS: host.certificate,
    });
    await service.client.setCredential('default', host.name, { kind: 'https', token: TOKEN });
  }, LIMIT_MS);
  afterAll(async () => {
    await browser?.close();
    await service.dispose();
    await host.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it(
    'goes to an open pull request with one click, and is told of before it is lost',
    async () => {
      const { taskId } = await service.client.createTask({
        task: 'fix: the door\n!write door.txt open',
        repoRemote: `${host.url}/acme/shop.git`,
        permissionPolicy: 'allow_all',
      });
      await service.waitForIdle(taskId, 90_000);
      const workbench = await openWorkbench(browser, `${service.url}/tasks/${taskId}`);
      const { page } = workbench;

      await page.getByRole('button', { name: 'Kill' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Kill' }).click();
      await page.getByRole('dialog').getByText('1 file not committed').waitFor();
      expect(await page.getByRole('button', { name: 'Kill and lose it' }).isVisible()).toBe(true);
      await page.getByRole('button', { name: 'Cancel' }).click();

      await page.getByRole('tab', { name: 'Changes' }).click();
      await page.getByRole('button', { name: 'Pull request' }).click();
      const dialog = page.getByRole('dialog', { name: 'Open a pull request?' });
      await dialog.getByText('With what is not committed').waitFor();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
      await dialog.getByLabel('Title').fill('The door opens');
      await dialog.getByRole('button', { name: 'Open it' }).click();
      const changes = page.getByRole('tabpanel', { name: 'Changes' });
      const link = changes.getByRole('link', { name: 'Pull request 1 is open' });
      await link.waitFor();
      expect(await link.getAttribute('href')).toContain(`${host.name}/acme/shop/pull/1`);
      expect(api.pullRequests).toMatchObject([{ title: 'The door opens', base: 'main' }]);
      await page.getByRole('tab', { name: 'History' }).click();
      await page.getByText('PullRequestOpened').first().waitFor();

      // Pushed, it can go without a question more.
      await page.getByRole('button', { name: 'Kill' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Kill' }).click();
      await service.waitForStatus(taskId, 'killed', 60_000);
      // The refusal of the first attempt is an answer that the browser tells of.
      expect(workbench.problems.filter((problem) => !/409/.test(problem))).toEqual([]);
      await workbench.close();
    },
    LIMIT_MS,
  );
});
