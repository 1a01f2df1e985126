import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTAINER_POINTS } from '../../src/platform/trace-points.js';
import { HAS_ENGINE } from '../contract/providers/docker-fixture.js';
import { makeRepository } from '../contract/providers/repository.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const LIMIT_MS = 180_000;
const [describeEngine, without] = HAS_ENGINE ? [describe, ''] : [describe.skip, ' (skipped: no engine)'];

/** A container is made, started, and given its variables, in three steps: the service dies between them. */
describeEngine(`the docker provider under kill -9${without}`, () => {
  let folder = '';
  let crashFile = '';
  let repoRemote = '';
  let service: ServiceProcess;
  const taskIds: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-docker-kills-'));
    crashFile = join(folder, 'crash');
    repoRemote = makeRepository(join(folder, 'shop'));
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: 'docker',
      SLIPWAY_LOCAL_REPO_ROOTS: folder,
      SLIPWAY_BACKOFF_FIRST_MS: '100',
      CRASH_FILE: crashFile,
    });
  }, LIMIT_MS);

  afterAll(async () => {
    for (const taskId of taskIds) {
      await service.client.killTask(taskId, { discardChanges: true });
      await service.waitForStatus(taskId, 'killed', 60_000);
    }
    const left = taskIds.flatMap(containersOf);
    await service?.dispose();
    await rm(folder, { recursive: true, force: true });
    // Whatever was killed has left nothing behind.
    expect(left).toEqual([]);
  }, LIMIT_MS);

  it.each(CONTAINER_POINTS)(
    'killed at %s, the task reaches running by itself, with one container, and its agent answers',
    async (point) => {
      writeFileSync(crashFile, `${point} 1`);
      process.kill(service.pid, 'SIGUSR2');
      await until('the crash to be armed', 10_000, () => !existsSync(crashFile));
      const { taskId } = await service.client.createTask({ task: '!say well', repoRemote });
      taskIds.push(taskId);
      await until('the service to be dead', 60_000, () => service.isOver);
      const [half] = containersOf(taskId);
      expect(half).toBeDefined();
      await service.start();
      const { sessionId } = await service.waitForIdle(taskId, 120_000);
      expect(containersOf(taskId)).toHaveLength(1);
      // What was never given its variables is no sandbox to go on with.
      expect(containersOf(taskId)).not.toContain(half);
      const { messages } = await service.client.getTranscript(taskId, sessionId);
      expect(messages.at(-1)!.text.trim()).toBe('well');
    },
    LIMIT_MS,
  );
});

/** The ids of the task's containers, whether they run or not. */
function containersOf(taskId: string): string[] {
  const args = ['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=slipway.task=${taskId}`];
  return execFileSync('docker', args, { encoding: 'utf8' }).trim().split('\n').filter(Boolean);
}
