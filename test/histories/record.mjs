/**
 * Records whole tasks: has a built checkout's service live through scenarios, exports its events with its own command
 * line, and writes down what today's saga says to them. Nothing that is recorded is ever recorded anew.
 *   npm run build && node test/histories/record.mjs --as <prefix> [--checkout <directory>] [scenario …]
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SCENARIOS, tidyUp } from './scenarios.mjs';

const HERE = import.meta.dirname;
const PROJECT = resolve(HERE, '../..');
const { values, positionals } = parseArgs({
  options: { as: { type: 'string' }, checkout: { type: 'string', default: PROJECT } },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : Object.keys(SCENARIOS);
const unknown = names.find((name) => !Object.hasOwn(SCENARIOS, name));
if (!/^[a-z0-9-]+$/.test(values.as ?? '') || unknown !== undefined) {
  console.error(
    `Usage: record.mjs --as <prefix> [--checkout <directory>] [${Object.keys(SCENARIOS).join(' | ')} …]`,
  );
  process.exit(2);
}
const fromBuild = (file) => import(join(PROJECT, 'dist/cli', file));
const { readEventFile } = await fromBuild('events/event-file.js');
const { dryRunSaga } = await fromBuild('replay/saga-dry-run.js');

for (const name of names) {
  const file = `${values.as}.${name}.ndjson`;
  const path = join(HERE, 'recorded', file);
  if (existsSync(path)) {
    console.log(`${file} is there already`);
    continue;
  }
  try {
    const service = await SCENARIOS[name](resolve(values.checkout));
    if (service === null) {
      console.log(`${file}: that checkout cannot`);
      continue;
    }
    service.cli('events', 'export', '--out', path);
    const { differences, unreadable, ...counts } = await dryRunSaga(readEventFile(path));
    const tasks = {};
    for (const taskId of taskIdsIn(path)) tasks[taskId] = (await service.task(taskId)).status;
    const manifest = join(HERE, 'expected.json');
    const expected = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : {};
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    expected[file] = { sha256, ...counts, unreadable: unreadable.length, statuses: tasks };
    writeFileSync(manifest, `${JSON.stringify(expected, null, 2)}\n`);
    console.log(file, JSON.stringify(counts), `${unreadable.length} unreadable`);
    for (const difference of differences) console.log('  differs:', JSON.stringify(difference));
    if (differences.length > 0) process.exitCode = 1;
  } finally {
    await tidyUp();
  }
}

function taskIdsIn(path) {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const streams = lines.map((line) => JSON.parse(line).stream);
  return [...new Set(streams.filter((stream) => stream.startsWith('task-')))].map((stream) =>
    stream.slice(5),
  );
}
