/**
 * What the node does in a second, beside what the disk does: `node packages/embedded-eventstore/bench/bars.mjs [url]`.
 * Client and node share the machine; with a url another server is measured instead. Build first.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import {
  EventStoreDBClient,
  END,
  jsonEvent,
  persistentSubscriptionToStreamSettingsFromDefaults,
  START,
} from '@eventstore/db-client';
import { startEventStore } from '../dist/index.js';

const url = process.argv[2];
const directory = mkdtempSync(join(tmpdir(), 'embedded-eventstore-bench-'));
const text = 'x'.repeat(220);
const event = () => jsonEvent({ type: 'benched', data: { text, at: performance.now() } });
const results = [];
const report = (what, value, bar) => {
  results.push({ what, value, bar });
  console.log(`${what.padEnd(46)} ${value.padStart(14)}${bar ? `   bar ${bar}` : ''}`);
};
const rate = (count, ms) => `${Math.round((count * 1000) / ms).toLocaleString('en')}/s`;
const quantile = (values, share) => values.sort((a, b) => a - b)[Math.floor(values.length * share)];

function disk() {
  const file = openSync(join(directory, 'fsync'), 'w');
  const page = Buffer.alloc(4096, 1);
  const start = performance.now();
  let count = 0;
  for (; performance.now() - start < 1_000; count++) {
    writeSync(file, page, 0, page.length, count * page.length);
    fdatasyncSync(file);
  }
  closeSync(file);
  return count;
}

const started = performance.now();
const node = url ? undefined : await startEventStore({ dataDir: join(directory, 'data') });
if (node) report('start, new directory', `${Math.round(performance.now() - started)} ms`, '≤ 300 ms');
const client = EventStoreDBClient.connectionString(url ?? node.url);
report('the disk alone: write 4 KiB and fdatasync', `${disk().toLocaleString('en')}/s`);

// Warm up: both sides' code is compiled as it runs.
await Promise.all(Array.from({ length: 2_000 }, (_, i) => client.appendToStream(`warm-${i % 50}`, event())));

const one = [];
const single = `single-${randomUUID()}`;
for (let i = 0; i < 1_000; i++) {
  const before = performance.now();
  await client.appendToStream(single, event());
  one.push(performance.now() - before);
}
const oneTotal = one.reduce((sum, ms) => sum + ms, 0);
report('appends, one at a time', rate(one.length, oneTotal), 'the disk');
report('  p50', `${quantile(one, 0.5).toFixed(2)} ms`);

let sent = 0;
const appends = 30_000;
let before = performance.now();
await Promise.all(
  Array.from({ length: 64 }, async (_, writer) => {
    while (sent++ < appends) await client.appendToStream(`in-flight-${writer}-${sent % 10}`, event());
  }),
);
report('appends, 64 in flight', rate(appends, performance.now() - before), '≥ 6,000/s');

const long = `long-${randomUUID()}`;
for (let i = 0; i < 100; i++) await client.appendToStream(long, Array.from({ length: 500 }, event));
before = performance.now();
let read = 0;
for await (const each of client.subscribeToAll({ fromPosition: START })) if (each && ++read === 80_000) break;
report('catch-up of $all', rate(read, performance.now() - before), '≥ 30,000/s');
before = performance.now();
read = 0;
for await (const each of client.readStream(long)) if (each) read++;
report('read of a stream', rate(read, performance.now() - before));

await client.createPersistentSubscriptionToStream(
  long,
  'bench',
  persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: START }),
);
before = performance.now();
read = 0;
let batch = [];
const consumer = client.subscribeToPersistentSubscriptionToStream(long, 'bench', { bufferSize: 512 });
for await (const each of consumer) {
  if (batch.push(each) === 64) {
    void consumer.ack(...batch);
    batch = [];
  }
  if (++read === 30_000) break;
}
report('persistent subscription, acked by 64', rate(read, performance.now() - before));

const subscription = client.subscribeToAll({ fromPosition: END });
const acknowledged = new Map();
const arrived = new Map();
subscription
  .on('error', () => undefined)
  .on('data', ({ event: recorded }) => arrived.set(recorded.id, performance.now()));
await new Promise((resolve) => subscription.once('caughtUp', resolve));
for (let i = 0; i < 500; i++) {
  const next = event();
  await client.appendToStream(single, next);
  acknowledged.set(next.id, performance.now());
}
while (arrived.size < 500) await new Promise((resolve) => setTimeout(resolve, 5));
const lags = [...acknowledged].map(([id, at]) => Math.max(0, arrived.get(id) - at));
report('append acknowledged → subscriber, p50', `${quantile(lags, 0.5).toFixed(2)} ms`, '< 1 ms');
report('  p99', `${quantile(lags, 0.99).toFixed(2)} ms`);

if (node) {
  await node.stop();
  before = performance.now();
  const again = await startEventStore({ dataDir: join(directory, 'data') });
  report('start, with 110,000 events', `${Math.round(performance.now() - before)} ms`, '≤ 300 ms');
  await again.stop();
}
rmSync(directory, { recursive: true, force: true });
process.exit();
