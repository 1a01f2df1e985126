import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskRecord } from '../../src/events/task/task-record.js';
import { git, makeRepository } from '../support/git-repository.js';
import { ServiceProcess } from '../support/service-process.js';
import { patiently, until } from '../support/until.js';

const LIMIT_MS = 180_000;
const dir = mkdtempSync(join(tmpdir(), 'slipway-kept-'));
const crashFile = join(dir, 'crash');

/** Over HTTP, with real git and agents: what a kill keeps, and what the record says of it. */
describe('a kill with keepBranch', () => {
  let service: ServiceProcess;
  let repoRemote: string;

  beforeAll(async () => {
    repoRemote = await makeRepository(join(dir, 'shop'));
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_LOCAL_REPO_ROOTS: dir,
      SLIPWAY_BACKOFF_FIRST_MS: '200',
      CRASH_FILE: crashFile,
    });
  }, LIMIT_MS);

  afterAll(async () => {
    await service.dispose();
    rmSync(dir, { recursive: true, force: true });
  });

  const running = async (): Promise<TaskRecord> => {
    const { body } = await service.post('/v1/tasks', { task: 'feat: keep this', repoRemote });
    return service.waitForStatus(body.taskId, 'running', 60_000);
  };
  const kill = ({ taskId }: TaskRecord, keepBranch: boolean) =>
    service.post(`/v1/tasks/${taskId}/kill`, { keepBranch });

  it(
    'says what was kept and where, also when the service died between the removal and the event',
    async () => {
      const task = await running();
      writeFileSync(join(task.sandboxPath!, 'work'), 'precious');
      writeFileSync(crashFile, 'effect.after 1');
      process.kill(service.pid, 'SIGUSR2');
      await until('the crash to be armed', 10_000, async () => !existsSync(crashFile));
      await kill(task, true);
      expect(await service.exitsWithin(patiently(60_000))).toBe(true);
      expect(existsSync(task.sandboxPath!)).toBe(false);
      await service.start();
      const killed = await service.waitForStatus(task.taskId, 'killed', 60_000);
      const name = (rest: string) => `refs/kept/${task.taskId}/${rest}`;
      expect(killed.kept?.refs.map((ref) => ref.name)).toEqual(
        [name('HEAD'), name(`heads/${task.branchName}`), name('uncommitted')].sort(),
      );
      expect(killed.statusMessage).toContain(killed.kept!.where);
      expect(await git(killed.kept!.where, 'show', `${name('uncommitted')}:work`)).toBe('precious');
    },
    LIMIT_MS,
  );

  it(
    'that cannot keep the work ends in error, and one without keepBranch goes on',
    async () => {
      const task = await running();
      renameSync(task.sandboxPath!, `${task.sandboxPath}.away`);
      await kill(task, true);
      const failed = await service.waitForStatus(task.taskId, 'error', 60_000);
      expect(failed.error).toMatchObject({
        stage: 'destroy_sandbox',
        attempts: 1,
        code: 'branch_not_kept',
        reason: expect.stringContaining('keepBranch: false'),
      });
      expect(existsSync(`${task.sandboxPath}.away`)).toBe(true);
      await kill(task, false);
      const killed = await service.waitForStatus(task.taskId, 'killed', 60_000);
      expect(killed.kept).toBeNull();
      expect(existsSync(`${task.sandboxPath}.away`)).toBe(false);
    },
    LIMIT_MS,
  );
});
