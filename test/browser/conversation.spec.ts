import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { makeRepository } from '../support/git-repository.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';
import { eventually } from './support/eventually.js';
import { launchChromium } from './support/chromium.js';
import { openWorkbench, showsStatus, type Workbench } from './support/workbench.js';

const LIMIT_MS = 240_000;

/* A real agent server with the mock agent, which does what the lines that begin with `!` say. */
describe('a conversation', () => {
  let browser: Browser;
  let service: ServiceProcess;
  let folder: string;
  let opened: Workbench[] = [];

  const open = async (path: string, options?: BrowserContextOptions): Promise<Page> => {
    const workbench = await openWorkbench(browser, service.url + path, options);
    opened.push(workbench);
    return workbench.page;
  };
  const newTask = async (task: string) => {
    const { taskId } = (
      await service.post<TaskRecord>('/v1/tasks', {
        task,
        repoRemote: join(folder, 'shop'),
        providerId: 'local',
      })
    ).body;
    await service.waitForStatus(taskId, 'running', 60_000);
    return taskId;
  };
  const ask = async (page: Page, text: string) => {
    const field = page.getByLabel('Message to the agent');
    await field.fill(text);
    await field.press('Enter');
  };
  const sessionShows = (page: Page, label: string) =>
    page.locator('.session-tab .badge', { hasText: new RegExp(`^${label}$`) }).waitFor();
  const said = (page: Page) => page.locator('.session').innerText();
  /** What is shown to whoever opens the page anew, once this page shows the same: the agent is at rest. */
  const shownToAll = async (page: Page, taskId: string): Promise<string> => {
    await service.waitForIdle(taskId);
    const anew = await page.context().newPage();
    await anew.goto(page.url());
    let text = '';
    await until('a page that is opened anew to show the same', 10_000, async () => {
      text = await said(anew);
      return text === (await said(page));
    });
    await anew.close();
    return text;
  };
  const card = (page: Page) => page.getByRole('region', { name: /^The agent asks/ });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-conversation-'));
    await makeRepository(join(folder, 'shop'));
    browser = await launchChromium();
    service = await ServiceProcess.start({ SLIPWAY_PROVIDERS: 'local', SLIPWAY_LOCAL_REPO_ROOTS: folder });
  }, LIMIT_MS);
  afterEach(async () => {
    for (const workbench of opened) {
      expect(workbench.problems).toEqual([]);
      await workbench.close();
    }
    opened = [];
  });
  afterAll(async () => {
    await browser?.close();
    const { items } = (await service.get<{ items: TaskRecord[] }>('/v1/tasks?limit=200')).body;
    await Promise.all(
      items.map(({ taskId }) => service.post(`/v1/tasks/${taskId}/kill`, { discardChanges: true })),
    );
    await until('all to be killed', 60_000, async () => {
      const left = (await service.get<{ items: TaskRecord[] }>('/v1/tasks?limit=200')).body.items;
      return left.every(({ status }) => status === 'killed');
    });
    await service?.dispose();
    await rm(folder, { recursive: true, force: true });
  }, LIMIT_MS);

  it(
    'is prompt, streamed answer, question, change and stop; a page opened anew and a kill -9 keep all of it',
    async () => {
      const taskId = await newTask('!say Hello **there**');
      const page = await open(`/tasks/${taskId}`);
      await page.locator('.message.user', { hasText: '!say Hello' }).waitFor();
      await page.locator('.message.agent strong', { hasText: 'there' }).waitFor();
      await sessionShows(page, 'Ready');
      expect(await page.getByRole('button', { name: /^Fitting out/ }).getAttribute('aria-expanded')).toBe(
        'false',
      );

      // What is being written is seen before it is stored, and once.
      await ask(page, '!flood 600');
      await page.locator('.message.agent[data-writing=true]', { hasText: '<1><2>' }).waitFor();
      expect(await said(page)).not.toContain('<600>');
      await page.getByText('<600>').waitFor();
      await sessionShows(page, 'Ready');
      const numbers = (await said(page)).match(/<\d+>/g)!.map((text) => Number(text.slice(1, -1)));
      expect(numbers).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));

      // The question is answered without a mouse.
      await ask(page, '!write src/index.js export const shop = 2;');
      await sessionShows(page, 'Needs you');
      expect(await page.title()).toMatch(/^\(1\) /);
      await card(page).locator('.diff .added', { hasText: '+export const shop = 2;' }).waitFor();
      await card(page).locator('.diff .removed', { hasText: '-export const shop = 1;' }).waitFor();
      await tabTo(page, 'Allow once', 'Shift+Tab');
      await page.keyboard.press('Enter');
      await page.locator('.question-line', { hasText: 'Allow once, by a person' }).waitFor();
      const tool = page.locator('.tool[data-status=completed]', { hasText: 'Write src/index.js' });
      await tool.locator('summary').click();
      await tool.locator('.diff .added', { hasText: '+export const shop = 2;' }).waitFor();
      await tool.locator('summary').click();
      const { sandboxPath } = (await service.get<TaskRecord>(`/v1/tasks/${taskId}`)).body;
      expect(await readFile(join(sandboxPath!, 'src/index.js'), 'utf8')).toBe('export const shop = 2;\n');
      expect(await page.title()).not.toMatch(/^\(/);

      // Prompts wait, and can be taken back.
      await sessionShows(page, 'Ready');
      await ask(page, '!sleep 600000');
      await sessionShows(page, 'Working');
      await ask(page, 'to be taken back');
      await ask(page, '!say after the stop');
      const queue = page.getByRole('list', { name: 'Prompts that wait' });
      await queue.getByText('!say after the stop').waitFor();
      await queue.getByRole('button', { name: 'Withdraw: to be taken back' }).click();
      await queue.getByText('to be taken back').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Stop', exact: true }).click();
      await page.locator('.turn-end', { hasText: 'Stopped' }).waitFor();
      await page.locator('.message.agent', { hasText: 'after the stop' }).waitFor();
      await sessionShows(page, 'Ready');

      const before = await shownToAll(page, taskId);
      const { port } = new URL(service.url);
      await service.kill();
      await page.locator('.link-banner').getByText('Connection lost').waitFor();
      expect(await said(page)).toBe(before);
      await service.start({ PORT: port });
      await until(
        'the connection to be back',
        30_000,
        async () => (await page.locator('.link-banner').getAttribute('data-shown')) === 'false',
      );
      await ask(page, '!say still here');
      await page.locator('.message.agent', { hasText: 'still here' }).waitFor();
      await sessionShows(page, 'Ready');
      expect((await shownToAll(page, taskId)).startsWith(before.trimEnd())).toBe(true);
    },
    LIMIT_MS,
  );

  it(
    'is shown as it was, keeps what was typed and not sent, and reads Ended when it has',
    async () => {
      const taskId = await newTask('!say the first answer');
      const page = await open(`/tasks/${taskId}`);
      await page.getByText('the first answer', { exact: true }).waitFor();
      await sessionShows(page, 'Ready');
      await page.getByLabel('Message to the agent').fill('not sent yet');
      await page.getByRole('link', { name: 'Tasks', exact: true }).click();
      await page.locator('.task-row').first().waitFor();
      await page.goBack();
      expect(await page.getByLabel('Message to the agent').inputValue()).toBe('not sent yet');

      await page.getByRole('tab', { name: 'History' }).click();
      await page.getByRole('slider').focus();
      await page.keyboard.press('Home');
      await showsStatus(page, 'Created');
      await page.getByRole('tab', { name: 'Conversation' }).click();
      await eventually(() => page.locator('.message.user').count(), 1);
      await eventually(() => page.locator('.message.agent').count(), 0);
      await eventually(() => page.getByLabel('Message to the agent').count(), 0);
      await page.getByRole('button', { name: 'Back to now' }).click();
      await page.getByText('the first answer', { exact: true }).waitFor();

      await service.post(`/v1/tasks/${taskId}/archive`, { discardChanges: true });
      await sessionShows(page, 'Ended');
      await page.getByText('the first answer', { exact: true }).waitFor();
      await eventually(() => page.getByLabel('Message to the agent').count(), 0);
    },
    LIMIT_MS,
  );

  it(
    'that needs somebody is seen in the list, first and counted',
    async () => {
      const taskId = await newTask('!ask May I go on?');
      const other = await newTask('!say nothing to do');
      const page = await open('/');
      const row = page.locator('.task-row', { hasText: 'May I go on' });
      await row.getByText('Needs you', { exact: true }).waitFor();
      expect(await page.locator('.task-row').first().getAttribute('href')).toBe(`/tasks/${taskId}`);
      expect(other).not.toBe(taskId);
      await page.getByRole('status').getByText('1 needs you').waitFor();
      expect(await page.title()).toBe('(1) Slipway');

      // The filters are in the address.
      const calm = page.locator('.task-row', { hasText: 'nothing to do' });
      await calm.waitFor();
      await page.getByRole('button', { name: /^Needs you/ }).click();
      await calm.waitFor({ state: 'detached' });
      expect(new URL(page.url()).searchParams.get('needsYou')).toBe('true');
      await page.reload();
      await row.waitFor();
      await eventually(() => calm.count(), 0);
      await page.getByRole('button', { name: /^Needs you/ }).click();
      await calm.waitFor();
      await page.getByLabel('What they are doing').selectOption({ label: 'Ready' });
      await row.waitFor({ state: 'detached' });
      await eventually(() => calm.count(), 1);
      expect(new URL(page.url()).searchParams.get('activity')).toBe('idle');
      await page.getByLabel('What they are doing').selectOption({ label: 'Whatever they do' });
      await row.click();
      await card(page).getByRole('button', { name: 'Reject' }).focus();
      // Within the card the options have numbers.
      await page.keyboard.press('1');
      await page.locator('.question-line', { hasText: 'Allow once' }).waitFor();
      await page.getByRole('link', { name: 'Tasks', exact: true }).click();
      await row.getByText('Running', { exact: true }).waitFor();
      expect(await page.title()).toBe('Slipway');
    },
    LIMIT_MS,
  );

  it(
    'begins as the form says, and changes mode and model while it goes on; a long answer is followed, and left alone by who reads above',
    async () => {
      const page = await open('/new');
      // Who may be asked is listed, and nobody else.
      await page.getByLabel('Agent', { exact: true }).selectOption('mock');
      expect(await page.getByLabel('Agent', { exact: true }).locator('option').allTextContents()).toEqual([
        "the service's default",
        ...(await service.client.listProviders()).items[0]!.agents!,
      ]);
      await page.getByLabel('Repository').fill(join(folder, 'shop'));
      await page.getByLabel('What is to be done').fill('!write a.txt allowed');
      await page.getByText('Options', { exact: true }).click();
      await page.getByLabel('Questions').selectOption({ label: 'Allow edits' });
      await page.getByLabel('Model').fill('mock-large');
      await page.getByRole('button', { name: 'Create task' }).click();
      await page.locator('.tool[data-status=completed]', { hasText: 'Write a.txt' }).waitFor();
      await sessionShows(page, 'Ready');
      const taskId = new URL(page.url()).pathname.split('/').at(-1)!;
      const session = async () => (await service.get<TaskRecord>(`/v1/tasks/${taskId}`)).body.sessions[0]!;
      await until('the model to be set', 20_000, async () => (await session()).model === 'mock-large');
      expect((await session()).permissionPolicy).toBe('allow_edits');

      await page.getByRole('combobox', { name: /^Mode(?!l)/ }).selectOption('auto');
      await until('the mode to be set', 20_000, async () => (await session()).modeId === 'auto');
      await ask(page, '!run echo not-asked');
      await page.locator('.tool[data-status=completed]', { hasText: 'echo not-asked' }).waitFor();

      const lines = (from: number, to: number) =>
        Array.from({ length: to - from }, (_, n) => `!say line ${from + n} ends\n!say\n!sleep 5`).join('\n');
      await ask(page, lines(0, 120));
      await page.getByText('line 119 ends', { exact: true }).waitFor();
      await sessionShows(page, 'Ready');
      const ends = 'document.documentElement.scrollHeight - scrollY - innerHeight';
      await until('the end to be shown', 20_000, async () => (await page.evaluate<number>(ends)) < 40);
      // A scroll of the page's own that is told of only after the page has grown again is not the reader's.
      await page.evaluate(`
        document.querySelector('.session').style.paddingBottom = '300px';
        dispatchEvent(new Event('scroll'));
      `);
      await until('the end to be shown again', 20_000, async () => (await page.evaluate<number>(ends)) < 40);
      await page.mouse.wheel(0, -600);
      await page.getByRole('button', { name: 'To the end' }).waitFor();
      const before = await page.evaluate<number>('scrollY');
      const field = page.getByLabel('Message to the agent');
      await field.evaluate((element) =>
        (element as { focus(o: object): void }).focus({ preventScroll: true }),
      );
      await service.client.queuePrompt(taskId, (await session()).sessionId, lines(200, 230));
      // In the answer: the prompt has it as well.
      const last = page.getByText('line 229 ends', { exact: true });
      await last.waitFor({ state: 'attached' });
      expect(Math.abs((await page.evaluate<number>('scrollY')) - before)).toBeLessThan(5);
      await page.getByRole('button', { name: 'To the end' }).click();
      await until('the end to be shown', 10_000, async () => (await page.evaluate<number>(ends)) < 40);
    },
    LIMIT_MS,
  );

  it(
    'tells who does not look that somebody is needed, where that is allowed',
    async () => {
      const taskId = await newTask('!say ready');
      const page = await open('/', { permissions: [] });
      await page.evaluate(`
        globalThis.told = [];
        globalThis.Notification = class {
          static permission = 'granted';
          constructor(title, options) { told.push([title, options.tag]); }
        };
        Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
      `);
      await page.locator('.task-row').first().waitFor();
      const { sessionId } = (await service.get<TaskRecord>(`/v1/tasks/${taskId}`)).body;
      await service.client.queuePrompt(taskId, sessionId, '!ask Shall I?');
      await until('it to be told', 20_000, async () =>
        (await page.evaluate<[string, string][]>('told')).some(([, tag]) => tag === taskId),
      );
      expect((await page.evaluate<unknown[]>('told')).length).toBe(1);
    },
    LIMIT_MS,
  );

  it(
    'runs nothing that an agent writes, has no serious findings and cuts nothing off',
    async () => {
      const taskId = await newTask(
        [
          '!think Let me see',
          '!plan Look | Change',
          '!usage 12000 200000 0.25',
          `!say <img src=x onerror="document.title='run'"> <script>document.title='run'</script> [a](javascript:alert(1))`,
          `!say ${'a-word-that-does-not-end-'.repeat(20)} שלום עולם`,
          `!write ${'a-long-path/'.repeat(12)}file.txt ${'long '.repeat(80)}`,
        ].join('\n'),
      );
      const looks: BrowserContextOptions[] = [
        { colorScheme: 'light' },
        { colorScheme: 'dark' },
        { viewport: { width: 1920, height: 1080 } },
        { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
      ];
      for (const look of looks) {
        const page = await open(`/tasks/${taskId}`, look);
        await card(page).locator('.diff').waitFor();
        await page.locator('.message.agent .markdown').first().waitFor();
        await page.getByText('Thought').click();
        await page.locator('.usage', { hasText: '12k of 200k tokens · 0.25 USD' }).waitFor();
        await page.getByRole('region', { name: 'Plan' }).waitFor();
        expect(await page.locator('.session img, .session script').count()).toBe(0);
        expect(await page.title()).not.toContain('run');
        expect(await page.locator('.session a[href^=javascript]').count()).toBe(0);
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(
          violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
        ).toEqual([]);
        const { content, window } = await page.evaluate<{ content: number; window: number }>(
          '({ content: document.documentElement.scrollWidth, window: innerWidth })',
        );
        expect(content).toBeLessThanOrEqual(window);
      }
    },
    LIMIT_MS,
  );
});

/** Goes by the keyboard to the button of that name. */
async function tabTo(page: Page, name: string, key: 'Tab' | 'Shift+Tab'): Promise<void> {
  for (let tabs = 0; tabs < 40; tabs++) {
    await page.keyboard.press(key);
    const here = await page.evaluate<string>('document.activeElement.textContent.trim()');
    if (here.endsWith(name)) return;
  }
  throw new Error(`No ${name} within 40 tabs`);
}
