import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';
import { eventually } from './support/eventually.js';
import { launchChromium } from './support/chromium.js';
import { REMOTE, noteStatuses, openWorkbench, showsStatus, type Workbench } from './support/workbench.js';

describe('the workbench, when the service is killed and started again', () => {
  let browser: Browser;
  let service: ServiceProcess;
  let workbench: Workbench;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  beforeEach(async () => {
    service = await ServiceProcess.unstarted({ SLIPWAY_SIMULATED_LATENCY_MS: '1500' });
  });
  afterEach(async () => {
    await workbench?.close();
    await service?.dispose();
  });
  afterAll(() => browser?.close());

  /** kill -9, and another start on the same port. */
  const killAndStart = async (whileDown: () => Promise<void>) => {
    const { port } = new URL(service.url);
    await service.kill();
    await whileDown();
    await service.start({ PORT: port });
  };
  const newTask = async (task: string) =>
    (await service.post('/v1/tasks', { task, repoRemote: REMOTE })).body;

  it('says so, comes back by itself and goes on without a step back', async () => {
    // However slow the page is, it sees this stage: it lasts until the kill.
    await service.start({ SLIPWAY_SIMULATED_FAILURES: 'create_sandbox=hang' });
    const { taskId } = await newTask('outlives a kill -9');
    workbench = await openWorkbench(browser, `${service.url}/tasks/${taskId}`);
    const { page, requests } = workbench;
    const statuses = await noteStatuses(page);
    await page.locator('.stage[data-stage=create_sandbox][data-state=active]').waitFor();

    const banner = page.locator('.link-banner');
    const shown = await page.locator('.event').count();
    await killAndStart(async () => {
      await banner.getByText('Connection lost').waitFor();
      const before = requests.length;
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      // Nothing is asked for over and over; what was known is still shown.
      expect(requests.slice(before)).toEqual([]);
      expect(await page.locator('.event').count()).toBe(shown);
    });

    await until(
      'the banner to go',
      20_000,
      async () => (await banner.getAttribute('data-shown')) === 'false',
    );
    await showsStatus(page, 'Running', 20_000);
    const order = ['Created', 'Naming', 'Creating sandbox', 'Starting agent', 'Opening session', 'Running'];
    const places = (await statuses()).map((label) => order.indexOf(label));
    expect(places).toEqual([...places].sort((a, b) => a - b));

    await until('the page to be where the service is', 5_000, async () => {
      const { body: record } = await service.get<TaskRecord>(`/v1/tasks/${taskId}`);
      return (await page.locator('.details').textContent())!.endsWith(`Position${record.position}`);
    });
    await until('the whole history', 5_000, async () => {
      const { body } = await service.get<{ items: { type: string }[] }>(`/v1/tasks/${taskId}/history`);
      const shown = await page.locator('.event-type').allTextContents();
      expect(shown).toEqual(body.items.map(({ type }) => type));
      return true;
    });
    expect(workbench.problems).toEqual([]);
  });

  it('shows in the list what happened while the connection was away', async () => {
    await service.start();
    workbench = await openWorkbench(browser, service.url);
    const { page } = workbench;
    await newTask('before');
    await page.locator('.task-row', { hasText: 'before' }).waitFor();
    await page.context().setOffline(true);
    await killAndStart(() => page.locator('.link-banner').getByText('Connection lost').waitFor());
    // The service is back, the network is not: this task is created behind the page's back.
    const { taskId } = await newTask('meanwhile');
    await service.waitForStatus(taskId, 'running');
    expect(await page.locator('.task-row').count()).toBe(1);
    await page.context().setOffline(false);
    const row = page.locator('.task-row', { hasText: 'meanwhile' });
    await row.getByText('Running').waitFor();
    await eventually(() => page.locator('.task-row').count(), 2);
    expect(workbench.problems).toEqual([]);
  });
});
