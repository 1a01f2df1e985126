import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { makeRepository } from '../support/git-repository.js';
import { Followed } from '../support/followed.js';
import { ServiceProcess } from '../support/service-process.js';

let service: ServiceProcess;
let roots: string;

beforeAll(async () => {
  roots = await mkdtemp(join(tmpdir(), 'slipway-repos-'));
  service = await ServiceProcess.start({ SLIPWAY_PROVIDERS: 'local', SLIPWAY_LOCAL_REPO_ROOTS: roots });
});
afterAll(async () => {
  await service.dispose();
  await rm(roots, { recursive: true, force: true });
});

it('a task of a data directory that was moved is shown where it is now, and goes on there', async () => {
  const repoRemote = await makeRepository(join(roots, 'shop'));
  const { body: task } = await service.post('/v1/tasks', { task: 'look around', repoRemote });
  const { sandboxPath: before } = await service.waitForStatus(task.taskId, 'running');
  expect(before).toContain(service.dataDir);

  await service.moveTo(join(roots, 'moved'));
  await service.start();
  const path = `/v1/tasks/${task.taskId}`;
  const { body: after } = await service.get<TaskRecord>(path);
  expect(after.sandboxPath).toBe(before!.replace(/^.*(?=\/local\/)/, join(roots, 'moved')));
  await access(after.sandboxPath!);
  const { body: list } = await service.get<{ items: TaskRecord[] }>('/v1/tasks');
  expect(list.items[0]!.sandboxPath).toBe(after.sandboxPath);
  const live = new Followed(service.client, `task:${task.taskId}`);
  expect((await live.sees('its record', () => true)).sandboxPath).toBe(after.sandboxPath);
  live.stop();
  const { body: then } = await service.get<TaskRecord>(`${path}?at=${after.position}`);
  expect(then.sandboxPath).toBe(before);

  const { body: session } = await service.post(`${path}/sessions`, { prompt: 'and here?' });
  expect(session).toMatchObject({ state: expect.any(String) });
  await service.waitForTask(task.taskId, ({ sessions }) => sessions.at(-1)!.state === 'ready');
  await service.post(`${path}/kill`, { discardChanges: true });
  await service.waitForStatus(task.taskId, 'killed');
});
