// The walk: which files of ours a create, the stages of a task and an update of the read model pass, counted by V8 in a
// process that has the one role and has done it before; the other roles run in a second process on the same stores.
// Usage: npm run bench:walk [api|saga|projector …]. A file that is passed while nothing happens is marked with a tilde.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startEventStore } from '@slipway/embedded-eventstore';
import { startPostgres } from '@slipway/embedded-postgres';

const DIST = join(import.meta.dirname, '../../dist');
const WALKS = { api: 'a create', saga: 'all stages of a task', projector: 'the updates of a task' };
const role = process.env.WALK_ROLE;

if (role === undefined) {
  const asked = process.argv.slice(2);
  const unknown = asked.find((each) => !(each in WALKS));
  if (unknown !== undefined)
    throw new Error(`There is no role "${unknown}": ${Object.keys(WALKS).join(', ')}`);
  // A service is not made to be started twice in one process.
  for (const each of asked.length > 0 ? asked : Object.keys(WALKS))
    await new Promise((resolve, reject) =>
      spawn(process.execPath, [import.meta.filename], {
        stdio: 'inherit',
        env: { ...process.env, WALK_ROLE: each },
      }).once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${each} ended with ${code}`)))),
    );
} else {
  await walk(role);
}

async function walk(role) {
  const dir = await mkdtemp(join(tmpdir(), 'slipway-walk-'));
  const events = await startEventStore({ dataDir: join(dir, 'events') });
  const rows = await startPostgres({ dataDir: join(dir, 'rows') });
  const settings = {
    EVENTSTORE_URL: events.url,
    DATABASE_URL: rows.url,
    PORT: '0',
    LOG_LEVEL: 'error',
    SLIPWAY_PROVIDERS: 'simulated',
    SLIPWAY_SIMULATED_FILE: join(dir, 'sandboxes'),
  };
  const beside = join(dir, 'beside');
  const others = Object.keys(WALKS).filter((each) => each !== role);
  const second = spawn(process.execPath, [join(DIST, 'main.js')], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { PATH: process.env.PATH, ...settings, SLIPWAY_ROLES: others.join(','), SLIPWAY_DATA_DIR: beside },
  });
  const own = join(dir, 'own');
  Object.assign(process.env, settings, { SLIPWAY_ROLES: role, SLIPWAY_DATA_DIR: own });

  const inspector = new Session();
  inspector.connect();
  await inspector.post('Profiler.enable');
  await inspector.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  // From its modules: in the bundle all files are one.
  const { runService } = await import(join(DIST, 'app/run-service.js'));
  await runService();
  const url = await addressIn(role === 'api' ? own : beside);

  for (let n = 0; n < 5; n++) await running(url, await create(url));
  await pause(3_000);
  await passed(inspector);
  await pause(3_000);
  const idle = await passed(inspector);
  const taskId = await create(url);
  if (role !== 'api') await running(url, taskId);
  const files = await passed(inspector);

  console.log(`\n${WALKS[role]}: ${files.size} files`);
  for (const [file, functions] of [...files].sort(([a], [b]) => a.localeCompare(b)))
    console.log(`${idle.has(file) ? '~' : ' '} ${file.padEnd(50)} ${functions.join(' ')}`);

  second.kill('SIGKILL');
  await Promise.all([events.stop(), rows.stop()]);
  await rm(dir, { recursive: true, force: true });
  process.exit(0);
}

/** The files of ours with a named function that was called since this was last asked, with those functions. */
async function passed(inspector) {
  const { result } = await inspector.post('Profiler.takePreciseCoverage');
  const files = new Map();
  for (const { url, functions } of result) {
    const [, file] = url.split(`${DIST}/`);
    if (file === undefined) continue;
    const called = functions.filter(({ functionName, ranges }) => functionName !== '' && ranges[0].count > 0);
    const names = [...new Set(called.map(({ functionName }) => functionName))];
    if (names.length > 0) files.set(file, names);
  }
  return files;
}

async function addressIn(dataDir) {
  for (;;) {
    try {
      return JSON.parse(await readFile(join(dataDir, 'runtime.json'), 'utf8')).httpUrl;
    } catch {
      await pause(50);
    }
  }
}

async function create(url) {
  const answer = await fetch(`${url}/v1/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ task: 'say hello', repoRemote: 'https://git.example.com/acme/shop.git' }),
  });
  if (answer.status !== 201)
    throw new Error(`A create was answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()).taskId;
}

async function running(url, taskId) {
  for (;;) {
    const { status } = await (await fetch(`${url}/v1/tasks/${taskId}`)).json();
    if (status === 'running') return;
    if (status === 'error') throw new Error(`${taskId} failed`);
    await pause(20);
  }
}
