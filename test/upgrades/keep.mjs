/**
 * Keeps a data directory of this version for the versions after it to open: a service lives through a few tasks and is
 * stopped, and its directory is packed, with the records of its tasks beside it. What is kept is never made anew.
 *   npm run upgrades:keep
 */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { constants } from 'node:zlib';
import { create } from 'tar';
import { readJson, ServiceUnderRecording } from '../histories/service-under-recording.mjs';
import { repository } from '../histories/scenarios.mjs';

const PROJECT = resolve(import.meta.dirname, '../..');
const { version } = readJson(join(PROJECT, 'package.json'));
const KEPT = join(import.meta.dirname, 'kept', version);
/** Of this process, this machine, this moment: the next service makes its own. */
const NOT_KEPT = /^\.\/runtime\.json$|\.lock\.\d+$|\.log$/;

if (existsSync(`${KEPT}.tar.br`)) {
  console.error(`${KEPT}.tar.br is there already, and what is kept is never made anew`);
  process.exit(2);
}

const roots = mkdtempSync(join(tmpdir(), 'slipway-upgrades-'));
const service = new ServiceUnderRecording(PROJECT, {
  SLIPWAY_PROVIDERS: 'local,simulated',
  SLIPWAY_LOCAL_REPO_ROOTS: roots,
  // Whoever unpacks it is another user than the sandboxes' own.
  SLIPWAY_LOCAL_USERS: 'false',
  SLIPWAY_BACKOFF_FIRST_MS: '10',
});
try {
  const repoRemote = repository(join(roots, 'shop'));
  await service.start({
    SLIPWAY_SIMULATED_FAILURES: 'simulated/create_sandbox=hang, simulated/ensure_name=fail:1',
  });
  const tasks = {
    running: await service.create({ repoRemote }),
    sleeping: await service.create({ repoRemote, idleStopAfter: 2 }),
    archived: await service.create({ repoRemote }),
    kept: await service.create({
      repoRemote,
      task: '!write notes.txt a note',
      permissionPolicy: 'allow_all',
    }),
    error: await service.create({ repoRemote: join(roots, 'nothing') }),
    killed: await service.create({ repoRemote, title: 'To be erased' }),
    waiting: await service.create({ providerId: 'simulated' }),
  };
  const isIdle = (task) => task.status === 'running' && task.activity === 'idle';
  for (const name of ['running', 'archived', 'kept', 'killed']) await service.is(tasks[name], isIdle);
  await service.command(tasks.archived, 'archive');
  await service.command(tasks.kept, 'kill', { keepBranch: true });
  await service.command(tasks.killed, 'kill', { discardChanges: true });
  for (const name of ['archived', 'killed', 'sleeping', 'error']) await service.is(tasks[name], name);
  await service.is(tasks.kept, 'killed');
  await service.command(tasks.killed, 'erase');
  await service.is(tasks.waiting, 'init_create_sandbox');
  const records = {};
  for (const [name, taskId] of Object.entries(tasks)) records[name] = await service.task(taskId);
  await service.stop();

  await create(
    {
      cwd: service.dataDir,
      file: `${KEPT}.tar.br`,
      brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 } },
      portable: true,
      filter: (path) => !NOT_KEPT.test(path),
    },
    ['.'],
  );
  writeFileSync(`${KEPT}.json`, `${JSON.stringify(records, null, 2)}\n`);
  console.log(`${KEPT}.tar.br: ${(statSync(`${KEPT}.tar.br`).size / 1e6).toFixed(1)} MB`);

  // Agents outlive the service that started them: they end with their tasks.
  await service.start();
  for (const name of ['running', 'archived', 'sleeping']) {
    await service.command(tasks[name], 'kill', { discardChanges: true });
    await service.is(tasks[name], 'killed');
  }
} finally {
  await service.dispose();
  rmSync(roots, { recursive: true, force: true });
}
