import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { makeRepository } from '../support/git-repository.js';
import { ServiceProcess } from '../support/service-process.js';
import { launchChromium } from './support/chromium.js';
import { openWorkbench, type Workbench } from './support/workbench.js';

const LIMIT_MS = 240_000;
/** What is wider than the page, and does not scroll by itself. */
const SPILLED = `[...document.querySelectorAll('main *')]
  .filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .filter((each) => !each.closest('.diff-lines, .file-tree, pre'))
  .map((each) => each.outerHTML.slice(0, 120))`;

describe('the changes of a task', () => {
  let browser: Browser;
  let service: ServiceProcess;
  let folder: string;
  let opened: Workbench[] = [];

  const open = async (path: string, options?: BrowserContextOptions): Promise<Workbench> => {
    const workbench = await openWorkbench(browser, service.url + path, options);
    opened.push(workbench);
    return workbench;
  };
  const newTask = async (task: string): Promise<TaskRecord & { sandboxPath: string }> => {
    const { taskId } = (
      await service.post<TaskRecord>('/v1/tasks', {
        task,
        repoRemote: join(folder, 'shop'),
        permissionPolicy: 'allow_all',
      })
    ).body;
    const isSeen = ({ changes }: TaskRecord) => changes !== null;
    return (await service.waitForTask(taskId, isSeen, 60_000)) as TaskRecord & { sandboxPath: string };
  };
  const toChanges = (page: Page) => page.getByRole('tab', { name: 'Changes' }).click();
  const fileOf = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-changes-'));
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
    await service?.dispose();
    await rm(folder, { recursive: true, force: true });
  }, LIMIT_MS);

  it(
    'show as a tree and a diff, with colours, in both layouts, and come anew when looked at again',
    async () => {
      const task = await newTask('!write src/index.js export const shop = "<b>two</b>";');
      const { page, requests } = await open(`/tasks/${task.taskId}`);
      expect(requests.filter((each) => each.includes('changes-view'))).toEqual([]);
      await toChanges(page);
      const file = fileOf(page, 'src/index.js');
      await file.locator('td.diff-code-insert', { hasText: 'export const shop = "<b>two</b>";' }).waitFor();
      expect(await file.locator('.hljs-keyword').allInnerTexts()).toContain('export');
      expect(await file.locator('td.diff-code-delete').innerText()).toContain('export const shop = 1;');

      await page.getByRole('button', { name: 'Split' }).click();
      await file.locator('table.diff-split').waitFor();
      await page.reload();
      await toChanges(page);
      await file.locator('table.diff-split').waitFor();

      writeFileSync(join(task.sandboxPath, 'logo.png'), Buffer.from([1, 0, 2]));
      writeFileSync(join(task.sandboxPath, 'huge.txt'), 'a line\n'.repeat(3_000));
      renameSync(join(task.sandboxPath, 'README.md'), join(task.sandboxPath, 'READ.md'));
      await page.getByRole('button', { name: 'Look again' }).click();
      await fileOf(page, 'logo.png').getByText('A binary file').waitFor();
      await fileOf(page, 'READ.md').getByText('Renamed, its content is the same.').waitFor();
      const huge = fileOf(page, 'huge.txt');
      await huge.getByText('3,000 changed lines.').waitFor();
      expect(await huge.locator('td.diff-code').count()).toBe(0);
      await huge.getByRole('button', { name: 'Show them' }).click();
      await huge.locator('td.diff-code-insert').nth(2_999).waitFor();
      expect(await page.getByRole('navigation', { name: 'Changed files' }).getByRole('button').count()).toBe(
        4,
      );
    },
    LIMIT_MS,
  );

  it(
    'of three hundred files are read as they come into view',
    async () => {
      const task = await newTask('!say hello');
      for (let n = 0; n < 300; n++) {
        mkdirSync(join(task.sandboxPath, `part-${n % 10}`), { recursive: true });
        const lines = Array.from({ length: 20 }, (_, line) => `export const value${n}_${line} = ${line};\n`);
        writeFileSync(join(task.sandboxPath, `part-${n % 10}`, `file-${n}.js`), lines.join(''));
      }
      await service.post(`/v1/tasks/${task.taskId}/changes/refresh`);
      await service.waitForTask(task.taskId, ({ changes }) => changes?.files === 300);
      const { page, requests } = await open(`/tasks/${task.taskId}`);
      await toChanges(page);
      const tree = page.getByRole('navigation', { name: 'Changed files' });
      await page.locator('td.diff-code-insert').first().waitFor();
      expect(await tree.getByRole('button').count()).toBe(300);
      const diffs = () => requests.filter((each) => each.includes('/changes/diff')).length;
      expect(diffs()).toBeLessThan(20);
      await tree.getByRole('button', { name: 'file-299.js' }).click();
      await fileOf(page, 'part-9/file-299.js').getByText('value299_19').waitFor();
      expect(await page.getByText('value0_0 =').count()).toBe(0);
      expect(diffs()).toBeLessThan(60);
    },
    LIMIT_MS,
  );

  it(
    'of a killed task stay, without lines, and of one without checkout it is said',
    async () => {
      const task = await newTask('!write new.txt new');
      await service.post(`/v1/tasks/${task.taskId}/kill`, { discardChanges: true });
      await service.waitForStatus(task.taskId, 'killed');
      const { page } = await open(`/tasks/${task.taskId}`);
      await toChanges(page);
      await page.getByText('The checkout is gone with its task').waitFor();
      await page.getByRole('navigation', { name: 'Changed files' }).getByText('new.txt').waitFor();
    },
    LIMIT_MS,
  );

  it(
    'are as they had been seen by then while looking back, without lines',
    async () => {
      const task = await newTask('!write new.txt new');
      writeFileSync(join(task.sandboxPath, 'later.txt'), 'later\n');
      await service.post(`/v1/tasks/${task.taskId}/changes/refresh`);
      await service.waitForTask(task.taskId, ({ changes }) => changes?.files === 2);
      const { page } = await open(`/tasks/${task.taskId}?at=${task.position}`);
      await toChanges(page);
      const tree = page.getByRole('navigation', { name: 'Changed files' });
      await tree.getByText('new.txt').waitFor();
      await page.getByText('This is what had been seen by then.').waitFor();
      expect(await tree.getByRole('button').count()).toBe(1);
      expect(await page.getByRole('button', { name: 'Look again' }).count()).toBe(0);
      await page.getByRole('button', { name: 'Back to now' }).click();
      await tree.getByText('later.txt').waitFor();
      await fileOf(page, 'later.txt').locator('td.diff-code-insert').first().waitFor();
    },
    LIMIT_MS,
  );

  it(
    'are preceded by a setup, whose output shows while it runs and stays',
    async () => {
      const setup = 'echo begun\nwhile [ ! -e go ]; do sleep 0.05; done\necho "<b>went</b>"\nrm go';
      const { taskId } = (
        await service.post<TaskRecord>('/v1/tasks', { task: 'hi', repoRemote: join(folder, 'shop'), setup })
      ).body;
      const { sandboxPath } = await service.waitForTask(taskId, ({ stage }) => stage === 'run_setup', 60_000);
      const { page, requests } = await open(`/tasks/${taskId}`);
      await page.getByRole('tab', { name: 'Details' }).click();
      const details = page.locator('.details');
      await details.getByText('given with the task: running').waitFor();
      await details.getByText('begun').waitFor();
      writeFileSync(join(sandboxPath!, 'go'), '');
      await details.getByText('given with the task: done').waitFor();
      await details.getByText('begun\n<b>went</b>').waitFor();
      const asked = () => requests.filter((each) => each.includes('/setup/output')).length;
      expect(asked()).toBeGreaterThan(0);
      // Nobody asks any more.
      const before = asked();
      await service.waitForStatus(taskId, 'running', 60_000);
      await page.reload();
      await page.getByRole('tab', { name: 'Details' }).click();
      await details.getByText('given with the task: done').waitFor();
      expect(asked()).toBe(before);
    },
    LIMIT_MS,
  );

  it.each([
    ['light', 1240],
    ['dark', 1240],
    ['light', 390],
  ] as const)(
    'have nothing that axe finds serious, nothing cut off (%s, %i wide)',
    async (colorScheme, width) => {
      const task = await newTask(
        '!write src/index.js export const shop = "two"; // longer\n!write a/b.py def f(): return 1',
      );
      const { page } = await open(`/tasks/${task.taskId}`, { colorScheme, viewport: { width, height: 800 } });
      await toChanges(page);
      await fileOf(page, 'src/index.js').locator('td.diff-code-insert').first().waitFor();
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200))])).toEqual([]);
      expect(await page.evaluate<string[]>(SPILLED)).toEqual([]);
    },
    LIMIT_MS,
  );
});
