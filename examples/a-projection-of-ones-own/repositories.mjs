/**
 * A read model of one's own, kept up to date from the event log: for each repository how many tasks were created, came
 * to run, failed and were killed.
 *
 *   node examples/a-projection-of-ones-own/repositories.mjs repositories.json
 *
 * It finds the event store of the service that runs on SLIPWAY_DATA_DIR (./.slipway), or at EVENTSTORE_URL. Stop it and
 * start it whenever you like, or delete the file: it goes on from what the file says, or begins anew.
 */
import { EventStoreDBClient, START, eventTypeFilter } from '@eventstore/db-client';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What it counts, by type of event. Types that a newer service adds do it no harm: they are not among these. */
const COUNTS = {
  TaskCreated: 'created',
  SessionCreated: 'running',
  ProvisioningFailed: 'failed',
  TaskKilled: 'killed',
};
/** The versions of their data that it understands; see "metadata.schemaVersion" and src/events/upcasters.ts. */
const KNOWN_VERSION = 1;
const BATCH = 500;

const [file] = process.argv.slice(2);
if (!file) {
  console.error('give the file to write: repositories.mjs <file.json>');
  process.exit(2);
}

/**
 * What is known so far, and up to which position of the log: both in one file, which is replaced as a whole. So they
 * never tell of different moments, and no event is counted twice, whenever this process is killed.
 */
const model = await load();

async function load() {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return { position: null, repositories: {}, tasks: {} };
  }
}

async function save() {
  await writeFile(`${file}.new`, `${JSON.stringify(model, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

function project({ streamId, type, data, metadata }) {
  const version = metadata?.schemaVersion ?? 1;
  if (version > KNOWN_VERSION)
    throw new Error(`${type} of ${streamId} has version ${version}: this program is older than the service`);
  if (type === 'TaskCreated')
    model.tasks[streamId] = { repository: data.repoRemote, firstSession: data.sessionId };
  const task = model.tasks[streamId];
  // Further sessions are no second start.
  if (!task || (type === 'SessionCreated' && data.sessionId !== task.firstSession)) return;
  const counts = (model.repositories[task.repository] ??= { created: 0, running: 0, failed: 0, killed: 0 });
  counts[COUNTS[type]] += 1;
  if (type === 'TaskKilled') delete model.tasks[streamId];
}

async function addressOfTheStore() {
  if (process.env.EVENTSTORE_URL) return process.env.EVENTSTORE_URL;
  const runtime = join(process.env.SLIPWAY_DATA_DIR ?? './.slipway', 'runtime.json');
  return JSON.parse(await readFile(runtime, 'utf8')).eventStoreUrl;
}

const client = EventStoreDBClient.connectionString(await addressOfTheStore());
const from =
  model.position === null ? START : { commit: BigInt(model.position), prepare: BigInt(model.position) };
const subscription = client.subscribeToAll({
  fromPosition: from,
  filter: eventTypeFilter({ regex: `^(${Object.keys(COUNTS).join('|')})$` }),
});
console.log(`from ${model.position ?? 'the start'}`);

let unsaved = 0;
for await (const { event } of subscription) {
  if (!event?.position || event.position.commit <= BigInt(model.position ?? -1)) continue;
  project(event);
  model.position = event.position.commit.toString();
  unsaved += 1;
  // In batches while there is much to read, at once when there is nothing more for the moment.
  if (unsaved >= BATCH || subscription.readableLength === 0) {
    await save();
    unsaved = 0;
  }
}
// The subscription ends with an error when the store goes away; whoever runs this starts it again.
