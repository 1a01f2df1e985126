import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { ServiceProcess } from '../support/service-process.js';
import { eventually } from './support/eventually.js';
import { launchChromium } from './support/chromium.js';
import {
  REMOTE,
  action,
  createTask,
  openWorkbench,
  showsStatus,
  taskIdOf,
  type Workbench,
} from './support/workbench.js';

describe('the workbench, with a provider that fails', () => {
  let browser: Browser;
  let service: ServiceProcess;
  let workbench: Workbench;

  beforeAll(async () => {
    browser = await launchChromium();
    service = await ServiceProcess.start({
      SLIPWAY_SIMULATED_LATENCY_MS: '300',
      SLIPWAY_SIMULATED_FAILURES: 'create_sandbox=fail:3',
      SLIPWAY_BACKOFF_FIRST_MS: '3000',
    });
    workbench = await openWorkbench(browser, `${service.url}/new`);
  });
  afterAll(async () => {
    await workbench?.close();
    await browser?.close();
    await service?.dispose();
  });

  it('shows attempts, then the reason and what to do; retry goes on to running', async () => {
    const { page } = workbench;
    await createTask(page, 'needs a second chance');
    const stage = page.locator('.stage[data-stage=create_sandbox]');
    // The state and its text in one look: the next attempt is not far.
    await page
      .locator('.stage[data-stage=create_sandbox][data-state=between] .stage-note')
      .filter({ hasText: /again .*: Simulated failure of create_sandbox/ })
      .first()
      .waitFor();
    await stage.getByText('attempt 2').waitFor();
    expect(await action(page, 'Retry').isDisabled()).toBe(true);

    await showsStatus(page, 'Error');
    const notice = page.getByRole('alert');
    await notice.getByText('Sandbox failed after 3 attempts').waitFor();
    expect(await notice.textContent()).toContain('Simulated failure of create_sandbox (attempt 3).');
    expect(await notice.textContent()).toContain('restart the service, then retry');
    await page.locator('.stage[data-stage=create_sandbox][data-state=failed]').waitFor();

    await action(page, 'Retry').click();
    await showsStatus(page, 'Running');
    await eventually(() => notice.count(), 0);
    expect(await action(page, 'Retry').isDisabled()).toBe(true);
    await eventually(() => page.locator('.event-type', { hasText: 'RetryRequested' }).count(), 1);
    expect((await service.waitForStatus(taskIdOf(page), 'running')).error).toBeNull();
    expect(workbench.problems).toEqual([]);
  });
});

describe('the workbench, with a provider that hangs', () => {
  let browser: Browser;
  let service: ServiceProcess;
  let workbench: Workbench;

  beforeAll(async () => {
    browser = await launchChromium();
    service = await ServiceProcess.start({ SLIPWAY_SIMULATED_FAILURES: 'ensure_agent=hang' });
  });
  afterAll(async () => {
    await workbench?.close();
    await browser?.close();
    await service?.dispose();
  });

  it('kills in the middle of a stage, after asking', async () => {
    const { body } = await service.post('/v1/tasks', { task: 'to be killed', repoRemote: REMOTE });
    workbench = await openWorkbench(browser, `${service.url}/tasks/${body.taskId}`);
    const { page } = workbench;
    await page.locator('.stage[data-stage=ensure_agent][data-state=active]').waitFor();
    const dialog = page.getByRole('dialog');
    await action(page, 'Kill').click();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    await showsStatus(page, 'Starting agent');

    await action(page, 'Kill').click();
    await dialog.getByRole('button', { name: 'Kill' }).click();
    await showsStatus(page, 'Killed');
    await page.locator('.stage[data-stage=ensure_agent][data-state=stopped]').waitFor();
    await page.locator('.stage[data-stage=destroy_sandbox][data-state=done]').waitFor();
    for (const name of ['Retry', 'Archive', 'Kill']) expect(await action(page, name).isDisabled()).toBe(true);
    await eventually(() => page.locator('.session-tab .badge').textContent(), 'Ended');
    expect((await service.get<TaskRecord>(`/v1/tasks/${body.taskId}`)).body.status).toBe('killed');
    expect(workbench.problems).toEqual([]);
  });
});
