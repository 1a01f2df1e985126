import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { acquireDirectoryLock, DirectoryInUseError } from '@slipway/embedded-eventstore';
import { failure } from '../../../test/contract/eventstore/support.js';
import { temporaryDirectory } from './support.js';

const INDEX = fileURLToPath(new URL('../dist/index.js', import.meta.url));

/** A process that tries for the lock, says how it went, and keeps it until it is killed. */
function contender(directory: string) {
  const script = `import { acquireDirectoryLock } from ${JSON.stringify(INDEX)};
    process.stdin.once('data', async () => {
      try { await acquireDirectoryLock(${JSON.stringify(directory)}); console.log('mine'); }
      catch (error) { console.log(error.pid); }
    });
    console.log('ready');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => String((await lines.next()).value);
  return { child, line, pid: child.pid! };
}

test('one holds the directory, and lets go of it', async () => {
  const directory = join(temporaryDirectory(), 'new');
  const lock = await acquireDirectoryLock(directory);
  const error = await failure(acquireDirectoryLock(directory));
  expect(error).toBeInstanceOf(DirectoryInUseError);
  expect(error).toMatchObject({ pid: process.pid, directory });
  lock.release();
  (await acquireDirectoryLock(directory)).release();
});

test('waits for one that lets go in time', async () => {
  const directory = temporaryDirectory();
  const lock = await acquireDirectoryLock(directory);
  const waiting = acquireDirectoryLock(directory, 5_000);
  setTimeout(() => lock.release(), 100);
  (await waiting).release();
});

test.each([
  ['of a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, started: 'then' })],
  [
    'of a process whose number another one has now',
    JSON.stringify({ pid: process.pid, started: 'another boot:1' }),
  ],
  ['that a power cut has emptied', ''],
])('a lock %s does not block', async (_, content) => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'process.lock.7'), content);
  (await acquireDirectoryLock(directory)).release();
  expect(readdirSync(directory)).toEqual(['process.lock.8']);
});

test('of many that race for the lock of a dead one, one gets it, round after round', async () => {
  const directory = temporaryDirectory();
  let holder: ReturnType<typeof contender> | undefined;
  for (let round = 0; round < 4; round++) {
    const contenders = Array.from({ length: 6 }, () => contender(directory));
    for (const each of contenders) expect(await each.line()).toBe('ready');
    if (holder) {
      holder.child.kill('SIGKILL');
      await new Promise((resolve) => holder!.child.once('close', resolve));
    }
    for (const each of contenders) each.child.stdin.write('go\n');
    const answers = await Promise.all(contenders.map((each) => each.line()));
    const winners = contenders.filter((_, index) => answers[index] === 'mine');
    expect(winners).toHaveLength(1);
    holder = winners[0]!;
    for (const answer of answers) if (answer !== 'mine') expect(answer).toBe(String(holder.pid));
    for (const each of contenders) if (each !== holder) each.child.kill('SIGKILL');
  }
  holder!.child.kill('SIGKILL');
});
