import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';
import { eventually } from './support/eventually.js';
import { launchChromium } from './support/chromium.js';
import {
  REMOTE,
  action,
  createTask,
  layoutShift,
  noteStatuses,
  openWorkbench,
  showsStatus,
  taskIdOf,
  type Workbench,
} from './support/workbench.js';

const STAGE_LATENCY_MS = 2_000;
const PROVISIONING = [
  'Created',
  'Naming',
  'Creating sandbox',
  'Starting agent',
  'Opening session',
  'Running',
];

describe('the workbench, over a task’s life', () => {
  let browser: Browser;
  let service: ServiceProcess;
  let opened: Workbench[] = [];

  const open = async (path: string) => {
    const workbench = await openWorkbench(browser, service.url + path);
    opened.push(workbench);
    return workbench;
  };
  const newTask = async (task: string) =>
    (await service.post('/v1/tasks', { task, repoRemote: REMOTE })).body;

  beforeAll(async () => {
    browser = await launchChromium();
    service = await ServiceProcess.start({ SLIPWAY_SIMULATED_LATENCY_MS: String(STAGE_LATENCY_MS) });
  });
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
  });

  it('goes to the task’s page at once and shows every stage on the way to running', async () => {
    const { page } = await open('/new');
    await page.getByText('Live', { exact: true }).waitFor();
    const pressed = performance.now();
    await createTask(page, 'fix: the login forgets the language');
    await page.waitForURL(/\/tasks\/[0-9a-f-]{36}$/);
    const statuses = await noteStatuses(page);
    // Four stages of 2 s lie ahead: whoever waited for one of them would be later.
    expect(performance.now() - pressed).toBeLessThan(4 * STAGE_LATENCY_MS);
    expect((await service.get<TaskRecord>(`/v1/tasks/${taskIdOf(page)}`)).body.status).toMatch(/^init_/);
    expect(await page.locator('.session').textContent()).toContain('Preparing environment');

    await showsStatus(page, 'Running');
    expect(isInOrder(await statuses(), PROVISIONING)).toBe(true);
    expect(await statuses()).toEqual(
      expect.arrayContaining(['Creating sandbox', 'Starting agent', 'Opening session']),
    );
    await until(
      'all stages to be done',
      5_000,
      async () => (await page.locator('.stage[data-state=done]').count()) === 4,
    );
    await eventually(
      () => page.locator('.stage-time').allTextContents(),
      Array(4).fill(expect.stringMatching(/\d m?s$/)),
    );

    await page.getByText('no agent read the prompt').waitFor();
    await page.locator('.session-tab .badge', { hasText: 'Ready' }).waitFor();
    expect(await page.locator('h1').textContent()).toBe('fix: the login forgets the language');
    // What its session does comes after that.
    const types = async () =>
      (await page.locator('.event-type').allTextContents()).filter(
        (type) => type !== 'SessionActivityChanged',
      );
    await eventually(types, [
      'TaskCreated',
      'StageStarted',
      'TaskNamed',
      'StageStarted',
      'SandboxCreated',
      'StageStarted',
      'AgentStarted',
      'StageStarted',
      'SessionCreated',
    ]);
    expect(await layoutShift(page)).toBeLessThan(0.02);
  });

  it('says at the field what the API has against it, and keeps what was typed', async () => {
    const { page } = await open('/new');
    await page.getByLabel('Repository').fill('ext::sh -c whoami');
    await page.getByLabel('What is to be done').fill('something');
    await page.getByText('Options', { exact: true }).click();
    await page.getByLabel('Branch', { exact: true }).fill('--upload-pack=x');
    await page.getByText('Options', { exact: true }).click();
    await page.getByRole('button', { name: 'Create task' }).click();
    const wrong = page.locator('.field.wrong');
    await wrong.first().waitFor();
    for (const field of await wrong.all()) {
      const control = field.locator('input, textarea');
      expect(await control.getAttribute('aria-invalid')).toBe('true');
      const about = await control.getAttribute('aria-describedby');
      expect((await page.locator(`#${about}`).textContent())!.length).toBeGreaterThan(10);
    }
    expect(await page.getByLabel('What is to be done').inputValue()).toBe('something');
    expect(page.url()).toMatch(/\/new$/);
  });

  it('goes on after a reload in the middle', async () => {
    const { taskId } = await newTask('reload me');
    const { page } = await open(`/tasks/${taskId}`);
    await page.locator('.stage[data-state=active]').waitFor();
    await page.reload();
    const statuses = await noteStatuses(page);
    expect((await statuses())[0]).not.toBe('Running');
    await showsStatus(page, 'Running');
    expect(isInOrder(await statuses(), PROVISIONING)).toBe(true);
    expect(await page.locator('.event-type').nth(8).textContent()).toBe('SessionCreated');
  });

  it('shows the same in two browsers', async () => {
    const { taskId } = await newTask('seen by two');
    const other = await launchChromium();
    try {
      const one = (await open(`/tasks/${taskId}`)).page;
      const two = (await openWorkbench(other, `${service.url}/tasks/${taskId}`)).page;
      await Promise.all([showsStatus(one, 'Running'), showsStatus(two, 'Running')]);
      const shown = (page: typeof one) =>
        Promise.all([
          page.locator('.details').textContent(),
          page.locator('.event-type').allTextContents(),
          page.locator('.stage-time').allTextContents(),
        ]);
      await until('both to show the same', 10_000, async () => {
        expect(await shown(one)).toEqual(await shown(two));
        return (await one.locator('.event').count()) >= 9;
      });
      // What one does, the other sees.
      await action(one, 'Archive').click();
      await one.getByRole('dialog').getByRole('button', { name: 'Archive' }).click();
      await Promise.all([showsStatus(one, 'Archived'), showsStatus(two, 'Archived')]);
    } finally {
      await other.close();
    }
  });

  it('travels back through the history and returns to now with one press', async () => {
    const { taskId } = await newTask('travel');
    await service.waitForStatus(taskId, 'running');
    const { page } = await open(`/tasks/${taskId}`);
    await showsStatus(page, 'Running');
    const showHistory = () => page.getByRole('tab', { name: 'History' }).click();
    await showHistory();
    await page.locator('.event-type', { hasText: 'SessionCreated' }).waitFor();
    const slider = page.getByRole('slider');
    await slider.focus();
    await until('the slider to be at the sandbox', 10_000, async () => {
      await page.keyboard.press('ArrowLeft');
      return (await page.locator('.moment').textContent())!.includes('SandboxCreated');
    });
    await showsStatus(page, 'Creating sandbox');
    await eventually(() => page.locator('.stage[data-state=done]').count(), 2);
    for (const name of ['Retry', 'Archive', 'Kill']) expect(await action(page, name).isDisabled()).toBe(true);

    // The address is that of the moment.
    const at = new URL(page.url()).searchParams.get('at');
    const then = (await service.get<TaskRecord>(`/v1/tasks/${taskId}?at=${at}`)).body;
    await eventually(
      () => page.locator('.details').textContent(),
      expect.stringContaining(`Position${then.position}`),
    );
    await page.reload();
    await showsStatus(page, 'Creating sandbox');

    await page.getByRole('button', { name: 'Back to now' }).click();
    await showsStatus(page, 'Running');
    expect(new URL(page.url()).search).toBe('');

    await showHistory();
    await slider.focus();
    await page.keyboard.press('Home');
    await showsStatus(page, 'Created');
    await eventually(() => page.locator('.stage[data-state=waiting]').count(), 4);
    await page.keyboard.press('Escape');
    await showsStatus(page, 'Running');
  });

  it('shows an event’s payload on demand', async () => {
    const { taskId } = await newTask('payload');
    await service.waitForStatus(taskId, 'running');
    const { page } = await open(`/tasks/${taskId}`);
    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByRole('button', { name: /^TaskNamed/ }).click();
    expect(JSON.parse((await page.locator('.event pre').textContent())!)).toMatchObject({
      branchName: expect.stringContaining('payload'),
      revision: 2,
      metadata: expect.any(Object),
    });
  });

  it('opens a further session that waits for the environment by itself', async () => {
    const { taskId } = await newTask('two sessions');
    const { page } = await open(`/tasks/${taskId}`);
    await page.getByText('Another session').click();
    await page.getByRole('textbox', { name: 'Prompt' }).fill('and now the tests');
    await page.getByRole('button', { name: 'Open session' }).click();
    const second = page.locator('.session-tab', { hasText: 'Session 2' });
    await second.getByText('Preparing environment').waitFor();
    await second.getByText('Ready').waitFor();
    await page.locator('.message.user', { hasText: 'and now the tests' }).waitFor();
  });

  it('lists tasks live, and filters them by status and text', async () => {
    const { page } = await open('/');
    const { taskId } = await newTask('appears by itself');
    const row = page.locator('.task-row', { hasText: 'appears by itself' });
    await row.waitFor();
    expect(await page.locator('.task-row').first().getAttribute('href')).toBe(`/tasks/${taskId}`);
    await row.getByText('Running').waitFor();
    expect(await row.getByRole('img').getAttribute('aria-label')).toBe('4 of 4 stages done');

    await page.getByPlaceholder(/Find by/).fill('BY ITSELF');
    await until('the filter', 5_000, async () => (await page.locator('.task-row').count()) === 1);
    await page.getByRole('button', { name: 'Killed' }).click();
    await page.getByText('No task fits the filter').waitFor();
    expect(new URL(page.url()).searchParams.get('status')).toBe('killed');
    await service.post(`/v1/tasks/${taskId}/kill`, { discardChanges: true });
    await row.getByText('Killed').waitFor();
    // The filter is in the address.
    await page.reload();
    await row.getByText('Killed').waitFor();
    expect(await page.locator('.task-row').count()).toBe(1);
    await page.getByRole('button', { name: 'Running' }).click();
    await page.getByText('No task fits the filter').waitFor();
  });

  it('keeps one connection and asks for nothing while nothing happens', async () => {
    const { taskId } = await newTask('idle');
    await service.waitForStatus(taskId, 'running');
    const { page, requests, sockets } = await open(`/tasks/${taskId}`);
    await showsStatus(page, 'Running');
    await page.getByText('no agent read the prompt').waitFor();
    await page.waitForLoadState('networkidle');
    const before = requests.length;
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(requests.slice(before)).toEqual([]);
    // To the list and back: the same connection.
    await page.getByRole('link', { name: 'Tasks', exact: true }).click();
    await page.locator('.task-row').first().waitFor();
    expect(sockets).toEqual([`${service.url.replace('http', 'ws')}/v1/live`]);
  });

  it('says that there is no such task', async () => {
    const { page } = await open('/tasks/00000000-0000-4000-8000-000000000000');
    await page.getByText('There is no task at this address').waitFor();
  });
});

/** Whether the values come in the given order; some may be missing. */
function isInOrder(values: readonly string[], order: readonly string[]): boolean {
  const places = values.map((value) => order.indexOf(value));
  return places.every((place, index) => place >= 0 && (index === 0 || place > places[index - 1]!));
}
