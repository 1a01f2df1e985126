import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, makeRepository } from '../contract/providers/repository.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { patiently, until } from '../support/until.js';

const LIMIT_MS = 180_000;
/** The lives that it takes to find one among three, and those that end with it alone. */
const MAX_CRASHES = 10;

describe('a push that ends every process that works on it', () => {
  let folder = '';
  let bare = '';
  let service: ServiceProcess;
  let crashFile = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-poison-action-'));
    crashFile = join(folder, 'crash');
    makeRepository(join(folder, 'work'));
    bare = join(folder, 'shop.git');
    git(folder, 'clone', '--quiet', '--bare', 'work', bare);
    service = await ServiceProcess.start({
      SLIPWAY_PROVIDERS: 'local',
      SLIPWAY_LOCAL_REPO_ROOTS: folder,
      CRASH_FILE: crashFile,
    });
  }, LIMIT_MS);
  afterAll(async () => {
    await service?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  async function worked(name: string) {
    const { taskId } = await service.client.createTask({
      task: `fix: ${name}\n!write ${name}.txt open`,
      repoRemote: bare,
      permissionPolicy: 'allow_edits',
    });
    const { branchName } = await service.waitForIdle(taskId, 90_000);
    return { taskId, branch: branchName! };
  }
  const actionOf = async (taskId: string) => (await service.client.listActions(taskId)).items[0]!;

  it(
    'is given up, it alone, says so in its record, and is done when it is asked for again and the cause is mended',
    async () => {
      const culprit = await worked('culprit');
      const others = [await worked('one'), await worked('two')];
      await writeFile(crashFile, `action.before-effect 1 ${culprit.taskId}`);
      process.kill(service.pid, 'SIGUSR2');
      for (const { taskId } of [culprit, ...others])
        await service.client.pushTask(taskId).catch(() => undefined);
      expect(await service.exitsWithin(patiently(15_000))).toBe(true);

      let crashes = 1;
      for (; crashes < MAX_CRASHES; crashes++) {
        await service.start().catch(() => undefined);
        let isOver = false;
        await until('the service to end, or the push to be given up', 30_000, async () => {
          if (service.isOver) return true;
          isOver = await actionOf(culprit.taskId).then(
            ({ state }) => state === 'error',
            () => false,
          );
          return isOver;
        });
        if (isOver) break;
      }
      expect(crashes).toBeGreaterThanOrEqual(3);
      expect(crashes).toBeLessThan(MAX_CRASHES);
      expect(await actionOf(culprit.taskId)).toMatchObject({
        kind: 'push',
        state: 'error',
        error: { code: 'poison_message' },
        message: expect.stringMatching(/ended 3 times in a row/),
      });
      // It is no failure of the task, which goes on.
      expect(await service.client.getTask(culprit.taskId)).toMatchObject({ status: 'running', error: null });
      for (const { taskId, branch } of others) {
        // One that was asked for while the service was dead was never stored.
        if ((await service.client.listActions(taskId)).items.length === 0)
          await service.client.pushTask(taskId);
        await until('the other push', 30_000, async () => (await actionOf(taskId)).state === 'done');
        expect(git(bare, 'rev-list', '--count', `main..${branch}`)).toBe('1');
      }
      await until('its message to be parked', 15_000, async () => (await parked()).length === 1);
      expect(await parked()).toMatchObject(
        [{ taskId: culprit.taskId, type: 'PushRequested', settled: true, reason: /ended 3 times/ }].map(
          (each) => ({ ...each, reason: expect.stringMatching(each.reason) }),
        ),
      );

      await rm(crashFile);
      await service.stop();
      await service.start();
      await service.client.pushTask(culprit.taskId);
      await until('the push', 30_000, async () => (await actionOf(culprit.taskId)).state === 'done');
      expect(git(bare, 'rev-list', '--count', `main..${culprit.branch}`)).toBe('1');
      const discarded = await runCli(['parked', 'discard', '--of', 'actions', '--yes'], {
        SLIPWAY_DATA_DIR: service.dataDir,
      });
      expect(discarded.stdout).toContain('1 discarded.');
      expect(await parked()).toEqual([]);
    },
    LIMIT_MS,
  );

  const parked = async () => {
    const { stdout } = await runCli(['parked', 'list', '--json'], { SLIPWAY_DATA_DIR: service.dataDir });
    return (JSON.parse(stdout) as { actions: { taskId: string; type: string; reason: string }[] }).actions;
  };
});
