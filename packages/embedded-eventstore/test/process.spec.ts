import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { startEventStore } from '@slipway/embedded-eventstore';
import { events, failure, until } from './support/events.js';
import { connect, kill, start, temporaryDirectory } from './support/nodes.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(PACKAGE, 'bin', 'embedded-eventstore.js');

/** Runs the command to its end, or until `stopAt` shows up on standard output. */
async function run(args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('a second node in the same directory is refused with the number of the first', async () => {
  const dataDir = temporaryDirectory();
  const first = await start({ dataDir });
  const error = await failure(startEventStore({ dataDir, log: () => undefined }));
  expect((error as Error).message).toBe(
    `${dataDir} is in use by process ${first.pid}. Stop that process, or use another directory.`,
  );
  await connect(first).appendToStream('s', events(1));
});

test('the directory of a killed node is free', async () => {
  const dataDir = temporaryDirectory();
  await kill(await start({ dataDir }));
  await connect(await start({ dataDir })).appendToStream('s', events(1));
});

test('a node ends with the process that started it, also by SIGKILL, and the next start waits for that', async () => {
  const dataDir = temporaryDirectory();
  const script = `import { startEventStore } from ${JSON.stringify(join(PACKAGE, 'dist', 'index.js'))};
    const node = await startEventStore({ dataDir: ${JSON.stringify(dataDir)} });
    console.log(node.pid);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = Number(
    await new Promise<string>((resolve) => createInterface({ input: parent.stdout }).once('line', resolve)),
  );
  parent.kill('SIGKILL');
  await start({ dataDir });
  await until('the node is gone', () => !isAlive(pid));
});

test.each([
  ['a file that is no database', 'not a database'.repeat(1000)],
  ['a file that is too short', 'x'],
  ['zeros', '\0'.repeat(100_000)],
])('%s in its place is refused, and left alone', async (_, content) => {
  const dataDir = temporaryDirectory();
  const file = join(dataDir, 'events.lmdb');
  writeFileSync(file, content);
  const error = await failure(startEventStore({ dataDir, log: () => undefined }));
  expect((error as Error).message).toMatch(/damaged or was not written by this node/);
  expect(readFileSync(file, 'utf8')).toBe(content);
});

test('a file that was cut short is refused', async () => {
  const dataDir = temporaryDirectory();
  const node = await start({ dataDir });
  const client = connect(node);
  for (let i = 0; i < 10; i++) await client.appendToStream('s', events(1_000));
  await node.stop();
  const file = join(dataDir, 'events.lmdb');
  truncateSync(file, statSync(file).size / 2);
  const error = await failure(startEventStore({ dataDir, log: () => undefined }));
  expect((error as Error).message).toMatch(/cut short/);
});

test('a directory with another database is refused', async () => {
  const dataDir = temporaryDirectory();
  writeFileSync(join(dataDir, 'data.mdb'), 'somebody else');
  const error = await failure(startEventStore({ dataDir, log: () => undefined }));
  expect((error as Error).message).toMatch(/holds another database/);
});

test('a path that is no directory is refused', async () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  expect((await failure(startEventStore({ dataDir: file, log: () => undefined }))) as Error).toBeInstanceOf(
    Error,
  );
});

test('a port that is taken is refused with its number', async () => {
  const node = await start({ inMemory: true });
  const error = await failure(startEventStore({ inMemory: true, port: node.port, log: () => undefined }));
  expect((error as Error).message).toContain(String(node.port));
});

test('in memory nothing is left behind, and starting needs no directory', async () => {
  const node = await start({ inMemory: true });
  const { success } = await connect(node).appendToStream('s', events(1));
  expect(success).toBe(true);
  await node.stop();
  await expect(node.exited).resolves.toEqual({ code: 0, signal: null });
  await expect(startEventStore({})).rejects.toThrow('Say where to keep the events');
});

test('the command explains itself and its mistakes', async () => {
  const help = await run(['--help']);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  for (const option of ['--data', '--port', '--mem', '--host']) expect(help.stdout).toContain(option);
  for (const wrong of [[], ['--mem', '--data', 'x'], ['--mem', '--port', 'http'], ['--mem', '--nope']]) {
    const { code, stderr } = await run(wrong);
    expect(code).toBe(2);
    expect(stderr).toContain('--help');
  }
});

test('the command alone does not care for its standard input, and ends well on SIGTERM', async () => {
  const dataDir = join(temporaryDirectory(), 'new', 'directory');
  const child = spawn(process.execPath, [BIN, '--data', dataDir, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const url = await new Promise<string>((resolve) =>
    createInterface({ input: child.stdout }).once('line', resolve),
  );
  expect(url).toMatch(/^esdb:\/\/127\.0\.0\.1:\d+\?tls=false&connectionName=[\w-]{32}$/);
  expect(existsSync(dataDir)).toBe(true);
  child.kill('SIGTERM');
  await expect(ended).resolves.toBe(0);
});

test('of a full disk appends are refused, reads go on, and it heals', async () => {
  const dataDir = temporaryDirectory();
  mkdirSync(dataDir, { recursive: true });
  // Needs the right to mount; elsewhere there is no honest way to fill a disk.
  const mounted = spawn('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', dataDir], { stdio: 'ignore' });
  const code = await new Promise((resolve) => mounted.once('close', resolve).once('error', () => resolve(1)));
  if (code !== 0) return;
  try {
    await fillAndHeal(dataDir);
  } finally {
    await new Promise((resolve) => spawn('umount', ['-l', dataDir]).once('close', resolve));
  }
});

async function fillAndHeal(dataDir: string): Promise<void> {
  const node = await start({ dataDir });
  const client = connect(node);
  const big = () =>
    events(20).map((event) => ({ ...event, id: crypto.randomUUID(), data: { text: 'x'.repeat(5_000) } }));
  let stored = 0;
  const error = await failure(async () => {
    for (;;) {
      await client.appendToStream('s', big());
      stored++;
    }
  });
  expect((error as Error).message).toMatch(/could not be written/);
  const count = async () => {
    let read = 0;
    for await (const { event } of client.readStream('s')) if (event) read++;
    return read;
  };
  await expect(count()).resolves.toBe(stored * 20);
  await failure(client.appendToStream('s', big()));
  await new Promise((resolve) => spawn('mount', ['-o', 'remount,size=32m', dataDir]).once('close', resolve));
  const { nextExpectedRevision } = await client.appendToStream('s', big());
  expect(Number(nextExpectedRevision)).toBe((stored + 1) * 20 - 1);
  await kill(node);
  const again = connect(await start({ dataDir }));
  let last = -1;
  for await (const { event } of again.readStream('s')) expect(Number(event!.revision)).toBe(++last);
  expect(last).toBe((stored + 1) * 20 - 1);
  expect(stored).toBeGreaterThan(5);
}
