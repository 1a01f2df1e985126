import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { brotliDecompressSync } from 'node:zlib';
import { ServiceProcess } from '../support/service-process.js';
import { launchChromium } from './support/chromium.js';
import { raw } from './support/raw.js';
import { REMOTE, action, openWorkbench, showsStatus, type Workbench } from './support/workbench.js';

const SCRIPT_LIMIT = 150 * 1_024;

describe('the workbench’s craft', () => {
  let browser: Browser;
  let service: ServiceProcess;
  let running: string;
  let failed: string;
  let opened: Workbench | undefined;

  const open = async (path: string, options?: BrowserContextOptions): Promise<Page> => {
    opened = await openWorkbench(browser, service.url + path, options);
    return opened.page;
  };
  const newTask = async (task: string, more = {}) =>
    (await service.post('/v1/tasks', { task, repoRemote: REMOTE, ...more })).body.taskId;

  beforeAll(async () => {
    browser = await launchChromium();
    service = await ServiceProcess.start();
    running = await newTask(`fix: ${'a-word-that-does-not-end-'.repeat(6)} and a title that goes on`);
    await service.waitForIdle(running);
    await service.stop();
    await service.start({ SLIPWAY_SIMULATED_FAILURES: 'create_sandbox=refuse' });
    failed = await newTask('cannot be fitted out');
    await service.waitForStatus(failed, 'error');
  });
  afterEach(async () => {
    expect(opened?.problems ?? []).toEqual([]);
    await opened?.close();
    opened = undefined;
  });
  afterAll(async () => {
    await browser?.close();
    await service?.dispose();
  });

  const pages: [string, () => string, (page: Page) => Promise<unknown>][] = [
    ['list', () => '/', (page) => page.locator('.task-row').nth(1).waitFor()],
    ['form', () => '/new', (page) => page.getByRole('button', { name: 'acme/shop' }).waitFor()],
    ['running task', () => `/tasks/${running}`, (page) => page.getByText('no agent read').waitFor()],
    ['task in error', () => `/tasks/${failed}`, (page) => showsStatus(page, 'Error')],
  ];
  const looks: [string, BrowserContextOptions][] = [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['light, 360 px', { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }],
  ];
  const shown = pages.flatMap(([name, path, ready]) =>
    looks.map(([look, options]) => [name, look, path, ready, options] as const),
  );

  const isSound = async (page: Page) => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(
      violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
    ).toEqual([]);
    await isNotCutOff(page);
  };
  const isNotCutOff = async (page: Page) => {
    const { content, window } = await page.evaluate<{ content: number; window: number }>(
      '({ content: document.documentElement.scrollWidth, window: innerWidth })',
    );
    expect(content).toBeLessThanOrEqual(window);
  };

  it.each(shown)(
    '%s (%s): nothing that axe finds serious, nothing cut off',
    async (_, __, path, ready, options) => {
      const page = await open(path(), options);
      await ready(page);
      // A narrow page has the elements and the colours of a wide one: what can be wrong there is where they are.
      const looksAt = options.isMobile === true ? isNotCutOff : isSound;
      if (path().startsWith('/tasks/')) {
        // Every tab, with everything unfolded.
        await page.getByText('Another session').click();
        await looksAt(page);
        await page.getByRole('tab', { name: 'Details' }).click();
        await looksAt(page);
        await page.getByRole('tab', { name: 'History' }).click();
        for (const line of await page.locator('.event-line').all()) await line.click();
      }
      await looksAt(page);
    },
  );

  it('has a dialog without serious findings, and gives the focus back', async () => {
    const page = await open(`/tasks/${running}`);
    await action(page, 'Kill').click();
    await page.getByRole('dialog').waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Kill');
  });

  it('can be used without a mouse: from the list over the form to the new task', async () => {
    const page = await open('/');
    await page.locator('.task-row').first().waitFor();
    const tabTo = async (name: string) => {
      for (let tabs = 0; tabs < 40; tabs++) {
        await page.keyboard.press('Tab');
        const here = await page.evaluate<string>(
          `(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()`,
        );
        if (here === name) return;
      }
      throw new Error(`No ${name} within 40 tabs`);
    };
    await tabTo('New task');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/new$/);
    await tabTo('Repository');
    await page.keyboard.type(REMOTE);
    await tabTo('What is to be done');
    await page.keyboard.type('by keyboard alone');
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/\/tasks\//);
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    await showsStatus(page, 'Error');
    await tabTo('Kill');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
  });

  it('moves nothing for those who want no motion', async () => {
    const page = await open(`/tasks/${running}`, { reducedMotion: 'reduce' });
    await showsStatus(page, 'Running');
    expect(await page.evaluate('document.getAnimations().length')).toBe(0);
    await page.goto(`${service.url}/tasks/${failed}`);
    await showsStatus(page, 'Error');
    await action(page, 'Kill').click();
    expect(await page.evaluate('document.getAnimations().length')).toBe(0);
  });

  it('is small, may be kept where its name says what is in it, and runs nothing but itself', async () => {
    const html = await fetch(`${service.url}/tasks/${running}`);
    expect(html.headers.get('cache-control')).toBe('no-cache');
    expect(html.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'self'/);
    const page = await html.text();
    const scripts = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path]) => path!);
    expect(scripts.length).toBeGreaterThan(0);
    let total = 0;
    for (const path of scripts) {
      const compressed = await raw(service.url + path, 'br');
      expect(compressed.headers['content-encoding']).toBe('br');
      expect(compressed.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      const plain = await raw(service.url + path, 'identity');
      expect(brotliDecompressSync(compressed.body).equals(plain.body)).toBe(true);
      total += compressed.body.length;
    }
    expect(total).toBeLessThan(SCRIPT_LIMIT);
  });

  it.each(['/v1/tasks', '/openapi.json', '/docs', '/health/live', '/metrics'])(
    'leaves %s to the service',
    async (path) => {
      const answer = await fetch(service.url + path, { headers: { accept: 'text/html' } });
      expect(answer.status).toBe(200);
      expect(await answer.text()).not.toContain('<div id="root">');
    },
  );

  it.each([
    '/nowhere',
    '/assets/../package.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/v1/nothing',
    '/tasks',
  ])('does not answer %s with the page', async (path) => {
    const answer = await raw(service.url + path, 'identity');
    expect(answer.status).toBe(404);
    expect(answer.body.toString()).not.toContain('<div id="root">');
  });
});
