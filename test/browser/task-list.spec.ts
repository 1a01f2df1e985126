import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { TaskRecord } from '@slipway/client';
import type { Browser, Page } from 'playwright-core';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';
import { launchChromium } from './support/chromium.js';
import { eventually } from './support/eventually.js';
import { openWorkbench, REMOTE, showsStatus, taskIdOf, type Workbench } from './support/workbench.js';

const LIBRARY = 'https://git.example.com/acme/library.git';
const OF_THE_SHOP = 60;

describe('the list of tasks', () => {
  let browser: Browser;
  let service: ServiceProcess;
  let tasks: TaskRecord[];
  let opened: Workbench | undefined;

  const open = async (path: string): Promise<Page> => {
    opened = await openWorkbench(browser, service.url + path);
    return opened.page;
  };
  const newTask = (task: string, more = {}): Promise<TaskRecord> =>
    service.client.createTask({ task, repoRemote: REMOTE, ...more });
  const shows = (page: Page, count: number) =>
    until(`${count} rows`, 15_000, async () => (await page.locator('.task-row').count()) === count);
  const choice = (page: Page, name: string) => page.getByRole('combobox', { name, exact: true });
  const isSound = async (page: Page) => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  };

  beforeAll(async () => {
    browser = await launchChromium();
    service = await ServiceProcess.start();
    tasks = [
      await newTask('read the books', { repoRemote: LIBRARY, agentType: 'reader', onBranch: 'develop' }),
    ];
    for (let n = 1; n <= OF_THE_SHOP; n++) tasks.push(await newTask(`mend shelf number ${n}`));
    await newTask('elsewhere', { workspaceId: 'acme' });
    for (const { taskId } of tasks) await service.waitForIdle(taskId);
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

  it('says how many tasks each choice has, and keeps what was chosen in the address', async () => {
    const page = await open('/');
    await page.getByRole('button', { name: `Running ${OF_THE_SHOP + 1}` }).waitFor();
    await page.getByRole('button', { name: 'Error 0' }).waitFor();
    await choice(page, 'Agent').selectOption('reader');
    await shows(page, 1);
    await page.getByRole('button', { name: 'Running 1', exact: true }).waitFor();
    await choice(page, 'Repository').selectOption({ label: 'acme/shop' });
    await page.getByText('No task fits the filter').waitFor();
    await choice(page, 'Agent').selectOption('');
    await page.getByText(`${OF_THE_SHOP} tasks`, { exact: true }).waitFor();
    await choice(page, 'Created').selectOption('1h');
    await page.getByLabel('Find by text').fill('NUMBER 59');
    await shows(page, 1);
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
      project: tasks[1]!.projectId,
      since: '1h',
      q: 'NUMBER 59',
    });
    await page.reload();
    await shows(page, 1);
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByRole('button', { name: `All ${OF_THE_SHOP + 1}` }).waitFor();
    expect(await page.getByLabel('Find by text').inputValue()).toBe('');
    await isSound(page);
  });

  it('finds a task by its id, also one that is created meanwhile', async () => {
    const page = await open('/?q=' + tasks[7]!.taskId.slice(0, 18));
    await shows(page, 1);
    await page.getByLabel('Find by text').fill('made meanwhile');
    await page.getByText('No task fits the filter').waitFor();
    const late = await newTask('made meanwhile', { workspaceId: 'default' });
    await shows(page, 1);
    await service.client.killTask(late.taskId);
    await page.locator('.badge', { hasText: 'Killed' }).waitFor();
  });

  it('brings older tasks when its end comes near, and is as it was for who comes back', async () => {
    const page = await open('/?status=running');
    await shows(page, 50);
    await page.keyboard.press('End');
    await shows(page, OF_THE_SHOP + 1);
    await page.locator('.task-row').last().scrollIntoViewIfNeeded();
    const before = await page.evaluate<number>('scrollY');
    expect(before).toBeGreaterThan(1_000);
    await page.locator('.task-row').last().click();
    await showsStatus(page, 'Running');
    await page.goBack();
    await shows(page, OF_THE_SHOP + 1);
    await eventually(() => page.evaluate<number>('Math.round(scrollY)'), Math.round(before));
    await page.locator('.task-row').last().click();
    await page.getByRole('link', { name: 'Tasks', exact: true }).click();
    expect(new URL(page.url()).search).toBe('?status=running');
  });

  it('archives several at once, and kills none without being asked twice', async () => {
    const page = await open('/?q=number 4');
    await page.getByRole('button', { name: 'Choose several' }).click();
    await page.getByLabel('Choose mend shelf number 4', { exact: true }).check();
    await page.getByRole('button', { name: 'Choose all 11 shown' }).click();
    await page.getByLabel('Choose mend shelf number 40', { exact: true }).uncheck();
    await page.getByText('10 chosen').waitFor();
    await isSound(page);
    await page.getByRole('button', { name: 'Kill 10' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Archive 10' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Archive', exact: true }).click();
    await until('ten to be archived', 15_000, async () => {
      const { total } = await service.client.countTasks({ status: ['archived'] });
      return total === 10;
    });
    await page.getByText('0 chosen').waitFor();
    await eventually(() => page.locator('.badge', { hasText: 'Archived' }).count(), 10);
    expect((await service.client.countTasks({ status: ['killed', 'killing'], q: 'number 4' })).total).toBe(0);
  });

  it('begins another task with what one was asked for with', async () => {
    const page = await open(`/tasks/${tasks[0]!.taskId}`);
    await page.getByRole('link', { name: 'Duplicate' }).click();
    await eventually(() => page.getByLabel('What is to be done').inputValue(), 'read the books');
    expect(await page.getByLabel('Repository').inputValue()).toBe(LIBRARY);
    await page.getByText('Options', { exact: true }).click();
    expect(await page.getByLabel('Start from').inputValue()).toBe('develop');
    await page.getByRole('button', { name: 'Create task' }).click();
    await page.waitForURL((url) => url.pathname.startsWith('/tasks/'));
    const made = await service.client.getTask(taskIdOf(page));
    expect(made).toMatchObject({ task: 'read the books', agentType: 'reader', onBranch: 'develop' });
    await service.client.killTask(made.taskId);
  });

  it('is moved through by keys, which do nothing where one types or has turned them off', async () => {
    const page = await open('/');
    await page.locator('.task-row').nth(3).waitFor();
    for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
    expect(await page.evaluate('document.activeElement.closest("li").matches(":nth-child(2)")')).toBe(true);
    await page.keyboard.press('x');
    await page.getByText('1 chosen').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/tasks\//);
    await page.keyboard.press('l');
    await page.locator('.task-row').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('n?l');
    expect(await page.getByLabel('Find by text').inputValue()).toBe('n?l');
    await page.locator('h1').focus();
    await page.keyboard.press('?');
    const sheet = page.getByRole('dialog');
    await sheet.getByText('New task').waitFor();
    await isSound(page);
    await sheet.getByLabel('Single keys').uncheck();
    await page.keyboard.press('Escape');
    await page.keyboard.press('n');
    expect(new URL(page.url()).pathname).toBe('/');
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    await sheet.getByLabel('Single keys').check();
    await sheet.getByRole('button', { name: 'Close' }).click();
    await page.locator('h1').focus();
    await page.keyboard.press('n');
    await page.waitForURL(/\/new$/);
  });

  it('leads to the other workspaces', async () => {
    const page = await open('/');
    await page.locator('.workspace summary').click();
    await page.getByRole('link', { name: 'acme', exact: true }).click();
    await shows(page, 1);
    expect(new URL(page.url()).searchParams.get('workspace')).toBe('acme');
  });

  it('copies what one needs elsewhere', async () => {
    const page = await open(`/tasks/${tasks[0]!.taskId}`);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy the branch’s name' }).click();
    const { branchName } = await service.client.getTask(tasks[0]!.taskId);
    await eventually(() => page.evaluate('navigator.clipboard.readText()'), branchName);
    expect(await page.locator('.where a').first().getAttribute('href')).toBe(
      'https://git.example.com/acme/library',
    );
  });

  it('says so where there is nothing', async () => {
    const page = await open('/elsewhere');
    await page.getByText('There is nothing at this address').waitFor();
    await isSound(page);
    await page.getByRole('link', { name: 'All tasks', exact: true }).click();
    await page.locator('.task-row').first().waitFor();
    const answer = await fetch(`${service.url}/elsewhere`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      404,
      expect.stringContaining('application/problem+json'),
    ]);
  });
});
