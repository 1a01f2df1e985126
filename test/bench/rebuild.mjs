// npm run bench:rebuild [events=100000] [rounds=5]: how quickly rows are rebuilt, beside the client's bare reading and
// folding of the same log in the same run. Run with the young generation that `npm run slipway` has.
import { EventStoreDBClient } from '@eventstore/db-client';
import { startEventStore } from '@slipway/embedded-eventstore';
import { startPostgres } from '@slipway/embedded-postgres';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { quantile } from './load.mjs';
import { decode, encode } from '../../dist/events/task/task-codec.js';
import { EventStoreDb } from '../../dist/events/store/eventstore-db.js';
import { evolve } from '../../dist/events/evolve.js';
import { Feed } from '../../dist/projections/feed/feed.js';
import { HistoryTail } from '../../dist/projections/feed/history-tail.js';
import { RowsDatabase } from '../../dist/projections/database/rows-database.js';
import { ProjectionVersions } from '../../dist/projections/projector/projection-versions.js';
import { Projector } from '../../dist/projections/projector/projector.js';
import { rebuildProjection } from '../../dist/projections/rebuild/rebuild.js';

const EVENTS = Number(process.argv[2] ?? 100_000);
const ROUNDS = Number(process.argv[3] ?? 5);
const TASKS_AT_A_TIME = 64;

const log = pino({ level: process.env.LOG_LEVEL ?? 'warn' });
const dir = await mkdtemp(join(tmpdir(), 'slipway-bench-rebuild-'));
const quiet = () => undefined;
const node = await startEventStore({ dataDir: join(dir, 'events'), log: quiet });
const postgres = await startPostgres({ dataDir: join(dir, 'rows') });
const store = new EventStoreDb(node.url, log);
let appended = 0;

/** A task's way from its creation to running, in the appends in which the service makes it. */
function lifeOf(taskId) {
  const at = new Date().toISOString();
  const sessionId = randomUUID();
  const stage = (name) => ({ type: 'StageStarted', data: { stage: name, attempt: 1, at } });
  const created = {
    taskId,
    workspaceId: `workspace-${taskId.charCodeAt(0) % 5}`,
    projectId: `project-${taskId.charCodeAt(1) % 20}`,
    repoRemote: 'https://git.example.com/acme/shop.git',
    task: 'Fix the login page: it forgets the language that was chosen. '.repeat(5),
    providerId: 'simulated',
    agentType: 'mock',
    sessionId,
    at,
  };
  return [
    [{ type: 'TaskCreated', data: created }],
    [stage('ensure_name')],
    [
      { type: 'TaskNamed', data: { title: 'Fix the login page', branchName: `fix-${taskId}`, at } },
      stage('create_sandbox'),
    ],
    [
      { type: 'SandboxCreated', data: { sandboxId: `box-${taskId}`, path: `/sandboxes/${taskId}`, at } },
      stage('ensure_agent'),
    ],
    [{ type: 'AgentStarted', data: { endpoint: 'http://127.0.0.1:4000', at } }, stage('create_session')],
    [{ type: 'SessionCreated', data: { sessionId, agentSessionId: `agent-${sessionId}`, at } }],
  ];
}

/** Takes one task after the other through its life; many at a time, so that their events lie between each other's. */
async function append() {
  while (appended < EVENTS) {
    const taskId = randomUUID();
    let revision = -1n;
    for (const events of lifeOf(taskId)) {
      appended += events.length;
      const causation = {
        commandId: randomUUID(),
        correlationId: randomUUID(),
        causationId: randomUUID(),
        actor: 'bench',
      };
      const expected = revision < 0n ? 'no_stream' : revision;
      ({ revision } = await store.append(`task-${taskId}`, encode(events, causation), expected));
    }
  }
}

async function rate(what, work) {
  const startedAt = performance.now();
  const events = await work();
  const perSecond = Math.round(events / ((performance.now() - startedAt) / 1_000));
  console.log(`${what.padEnd(34)} ${String(perSecond).padStart(7)} events/s`);
  return perSecond;
}

const bareRead = async () => {
  let events = 0;
  for await (const _ of store.readAll()) events++;
  return events;
};

/** The bar: what the official client reads. */
const stockRead = async () => {
  const client = EventStoreDBClient.connectionString(node.url);
  let events = 0;
  for await (const _ of client.readAll()) events++;
  await client.dispose();
  return events;
};

const replay = async () => {
  const states = new Map();
  let events = 0;
  for await (const stored of store.readAll()) {
    const event = decode(stored);
    if (event !== null) states.set(stored.stream, evolve(states.get(stored.stream) ?? null, event));
    events++;
  }
  return events;
};

await rate('append', async () => {
  await Promise.all(Array.from({ length: TASKS_AT_A_TIME }, append));
  return appended;
});

const database = new RowsDatabase(postgres.url, log);
const feed = new Feed();
const tail = new HistoryTail(database, feed, log);
const versions = new ProjectionVersions(store, database, log);
const projector = new Projector(
  { roles: new Set(['projector']) },
  store,
  database,
  feed,
  tail,
  versions,
  log,
);
let last = 0n;
for await (const { position } of store.readAll()) last = position;
database.onModuleInit();
tail.onApplicationBootstrap();
projector.onApplicationBootstrap();
await rate('live projecting from an empty start', async () => {
  if (!(await feed.waitFor(last, 600_000))) throw new Error('the rows did not get there');
  return appended;
});
const bareReads = [];
const rebuilds = [];
for (let round = 0; round < ROUNDS; round++) {
  const bare = await rate("bare read, the client's own", stockRead);
  await rate('bare read, as the service reads', bareRead);
  await rate('replay: read and fold', replay);
  let phases = {};
  const startedAt = performance.now();
  const onProgress = ({ phase }) => (phases[phase] ??= Math.round(performance.now() - startedAt));
  const rebuilt = await rate('rebuild: read, fold, write, compare', async () => {
    const { events, differenceCount } = await rebuildProjection({
      databaseUrl: postgres.url,
      store,
      onProgress,
    });
    if (differenceCount > 0) throw new Error(`${differenceCount} rows differ`);
    return events;
  });
  bareReads.push(bare);
  rebuilds.push(rebuilt);
  console.log(
    `  ${(rebuilt / bare).toFixed(2)} of the client's bare read; phases began at (ms): ${JSON.stringify(phases)}`,
  );
}
const [bare, rebuilt] = [quantile(bareReads, 0.5), quantile(rebuilds, 0.5)];
console.log(`median rebuild ${rebuilt} events/s, ${(rebuilt / bare).toFixed(2)} of the median bare read`);
await projector.beforeApplicationShutdown();
await tail.beforeApplicationShutdown();
await database.onApplicationShutdown();
await store.close();
await node.stop();
await postgres.stop();
await rm(dir, { recursive: true, force: true });
