// npm run bench: what Slipway does on this machine, beside the floor measured in the same run. Durable
// settings, embedded stores, no-op stages. Machines are noisy: compare ratios within one run only.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, eventTypeFilter, START } from '@eventstore/db-client';
import { inFlight, post, quantile } from './load.mjs';
import { measureStarts } from './start-times.mjs';
import { measureSessions, reportSessions } from './sessions.mjs';
import { SOCKETS, measureSockets } from './sockets.mjs';
import { SlipwayUnderTest } from './slipway-under-test.mjs';

const TASKS = Number(process.argv[2] ?? 2_000);
const WIDTH = 32;
const IDLE_TASKS = 50;
const REQUEST = { task: 'fix: measure', repoRemote: 'https://git.example.com/bench/repo.git' };

const floor = await measureFloor();
const starts = await measureStarts();
const slipway = await measureSlipway();
const sessions = await measureSessions();
report();
reportSessions(sessions);

async function measureFloor() {
  const dir = await mkdtemp(join(tmpdir(), 'slipway-floor-'));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'floor-server.mjs'), join(dir, 'log')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const port = await new Promise((resolve) => child.stdout.once('data', (data) => resolve(Number(data))));
  const url = `http://127.0.0.1:${port}`;
  const done = async () => Number(await (await fetch(url)).text());
  const result = await creates(url, done);
  const idle = [];
  for (let i = 1; i <= IDLE_TASKS; i++) {
    const before = await done();
    const begun = performance.now();
    await post(url, '/v1/tasks', REQUEST);
    while ((await done()) <= before);
    idle.push(performance.now() - begun);
  }
  child.stdin.end();
  await rm(dir, { recursive: true, force: true });
  return { ...result, idle: quantile(idle, 0.5) };
}

/** Creates with WIDTH in flight, timed; then waits until `done` has counted them all. */
async function creates(url, done) {
  await inFlight(200, WIDTH, () => post(url, '/v1/tasks', REQUEST));
  while ((await done()) < 200) await pause(5);
  const times = [];
  const begun = performance.now();
  await inFlight(TASKS, WIDTH, async () => {
    const { status, ms } = await post(url, '/v1/tasks', REQUEST);
    if (status !== 201) throw new Error(`create answered ${status}`);
    times.push(ms);
  });
  while ((await done()) < TASKS + 200) await pause(5);
  const perSecond = TASKS / ((performance.now() - begun) / 1_000);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), perSecond };
}

async function measureSlipway() {
  const service = await SlipwayUnderTest.create();
  let running = watchRunning(service.runtime.eventStoreUrl);
  const before = await atRest(service);
  const result = await creates(service.url, () => running.tasks.size);
  const after = await atRest(service);
  const cost = Object.entries(after).map(([role, { cpuMs, writtenKb }]) => ({
    role,
    cpuMs: (cpuMs - before[role].cpuMs) / (TASKS + 200),
    writtenKb: (writtenKb - before[role].writtenKb) / (TASKS + 200),
  }));

  const idle = [];
  for (let i = 0; i < IDLE_TASKS; i++) {
    const begun = performance.now();
    const { body } = await post(service.url, '/v1/tasks', REQUEST);
    await running.of(body.taskId);
    idle.push(performance.now() - begun);
  }
  const memory = service.memoryMb();

  const created = [];
  const runningBefore = running.tasks.size;
  await inFlight(600, 64, async () =>
    created.push((await post(service.url, '/v1/tasks', REQUEST)).body.taskId),
  );
  const unfinished = created.length - (running.tasks.size - runningBefore);
  await service.kill();
  await running.stop();
  const readyMs = await service.start();
  const ready = performance.now();
  running = watchRunning(service.runtime.eventStoreUrl);
  await Promise.all(created.map((taskId) => running.of(taskId)));
  const recoveryMs = performance.now() - ready;
  const doubled = [...service.executions().values()].filter((count) => count > 1).length;
  await running.stop();
  await service.dispose();

  const socketTimes = await measureSockets();

  const hanging = await SlipwayUnderTest.create({ SLIPWAY_SIMULATED_FAILURES: 'create_sandbox=hang' });
  await inFlight(200, WIDTH, () => post(hanging.url, '/v1/tasks', REQUEST));
  const times = [];
  await inFlight(TASKS, WIDTH, async () => times.push((await post(hanging.url, '/v1/tasks', REQUEST)).ms));
  await hanging.dispose();

  return {
    ...result,
    cost,
    socketP99: quantile(socketTimes, 0.99),
    idle: quantile(idle, 0.5),
    memory,
    unfinished,
    readyMs,
    recoveryMs,
    doubled,
    hangingP99: quantile(times, 0.99),
  };
}

/** What it has used, when all that follows from what it was asked has been done, or after half a minute. */
async function atRest(service) {
  let used = service.usage();
  for (let seconds = 0; seconds < 30; seconds++) {
    await pause(1_000);
    const before = used;
    used = service.usage();
    // It uses less than a tenth of a processor.
    if (used.service.cpuMs - before.service.cpuMs < 100) break;
  }
  return used;
}

/** Tasks seen running, straight from the events. */
function watchRunning(eventStoreUrl) {
  const client = EventStoreDBClient.connectionString(eventStoreUrl);
  const tasks = new Set();
  const waiting = new Map();
  const subscription = client.subscribeToAll({
    fromPosition: START,
    filter: eventTypeFilter({ prefixes: ['SessionCreated'] }),
  });
  subscription.on('data', ({ event }) => {
    const taskId = event.streamId.slice('task-'.length);
    tasks.add(taskId);
    waiting.get(taskId)?.();
  });
  subscription.on('error', () => {});
  return {
    tasks,
    of: (taskId) => (tasks.has(taskId) ? undefined : new Promise((resolve) => waiting.set(taskId, resolve))),
    stop: async () => {
      await subscription.unsubscribe();
      await client.dispose().catch(() => {});
    },
  };
}

function report() {
  const ms = (value) => `${value.toFixed(1)} ms`;
  const rows = [
    ['', 'floor', 'Slipway', 'ratio'],
    [`create p50, ${WIDTH} in flight`, ms(floor.p50), ms(slipway.p50), ratio(slipway.p50, floor.p50)],
    [`create p99, ${WIDTH} in flight`, ms(floor.p99), ms(slipway.p99), ratio(slipway.p99, floor.p99)],
    ['create p99, every provider call hangs', '', ms(slipway.hangingP99), ''],
    [
      'tasks/s through all stages',
      floor.perSecond.toFixed(0),
      slipway.perSecond.toFixed(0),
      ratio(floor.perSecond, slipway.perSecond),
    ],
    ['idle POST→running p50', ms(floor.idle), ms(slipway.idle), ratio(slipway.idle, floor.idle)],
    [
      'kill -9: start to ready (floor: node -e 0)',
      ms(starts.floor),
      ms(starts.start),
      ratio(starts.start, starts.floor),
    ],
    [`kill -9, ${slipway.unfinished} unfinished: start to ready`, '', ms(slipway.readyMs), ''],
    ['… ready to all running', '', ms(slipway.recoveryMs), ''],
    ['… stage executions doubled', '', String(slipway.doubled), ''],
    ['memory of service and stores (PSS)', '', `${slipway.memory.toFixed(0)} MB`, ''],
    ...slipway.cost.flatMap(({ role, cpuMs, writtenKb }) => [
      [`CPU a task: ${role}`, '', ms(cpuMs), ''],
      [`written a task: ${role}`, '', `${writtenKb.toFixed(0)} kB`, ''],
    ]),
    [`asked→socket p99 at ${SOCKETS} sockets`, '', ms(slipway.socketP99), ''],
  ];
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const [load] = loadavg();
  console.log(
    `\n${TASKS} tasks, default and durable settings, embedded stores, simulated provider, load on the same machine;\n` +
      `Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, load average ${load.toFixed(1)} at the end\n`,
  );
  for (const row of rows)
    console.log(
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
    );
}

function ratio(a, b) {
  return `${(a / b).toFixed(1)}×`;
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
