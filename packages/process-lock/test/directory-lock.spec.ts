import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { acquireDirectoryLock, DirectoryInUseError, processIdentity } from '@slipway/process-lock';

const INDEX = fileURLToPath(new URL('../dist/index.js', import.meta.url));
const NOBODY = 65_534;
const directories: string[] = [];
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'process-lock-test-'));
  directories.push(directory);
  return directory;
}

/** A process that tries for the lock when told to, says how it went, and keeps it until it is killed. */
function contender(directory: string, first = '') {
  const script = `import { acquireDirectoryLock } from ${JSON.stringify(INDEX)};
    process.stdin.once('data', async () => {
      ${first}
      try { await acquireDirectoryLock(${JSON.stringify(directory)}); console.log('mine'); }
      catch (error) { console.log(error.code ?? error.pid); }
    });
    console.log('ready');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => String((await lines.next()).value);
  const answer = async () => {
    child.stdin.write('go\n');
    return line();
  };
  const killed = async () => {
    child.kill('SIGKILL');
    if (child.signalCode === null) await once(child, 'close');
  };
  return { line, answer, killed, pid: child.pid! };
}

/** A contender that has been told to try, and has the directory. */
async function holderOf(directory: string) {
  const holder = contender(directory);
  expect(await holder.line()).toBe('ready');
  expect(await holder.answer()).toBe('mine');
  return holder;
}

describe('a directory lock', () => {
  it('is held by one, that lets go of it', async () => {
    const directory = join(temporaryDirectory(), 'new');
    const lock = await acquireDirectoryLock(directory);
    const refused = acquireDirectoryLock(directory);
    await expect(refused).rejects.toBeInstanceOf(DirectoryInUseError);
    await expect(refused).rejects.toMatchObject({ pid: process.pid, directory });
    lock.release();
    const next = await acquireDirectoryLock(directory);
    expect(next.predecessorDied).toBe(false);
    // What the first one says late takes nothing from the second.
    lock.release();
    await expect(acquireDirectoryLock(directory)).rejects.toBeInstanceOf(DirectoryInUseError);
    next.release();
  });

  it('waits for one that lets go in time', async () => {
    const directory = temporaryDirectory();
    const lock = await acquireDirectoryLock(directory);
    const waiting = acquireDirectoryLock(directory, { waitMs: 20_000 });
    setTimeout(() => lock.release(), 100);
    (await waiting).release();
  });

  it('is another one under another name', async () => {
    const directory = temporaryDirectory();
    const [one, other] = await Promise.all([
      acquireDirectoryLock(directory),
      acquireDirectoryLock(directory, { name: 'launcher.lock' }),
    ]);
    expect(readdirSync(directory).sort()).toEqual(['launcher.lock.1', 'process.lock.1']);
    one.release();
    await expect(acquireDirectoryLock(directory, { name: 'launcher.lock' })).rejects.toMatchObject({
      pid: process.pid,
    });
    other.release();
  });

  it('passes on from a process that was killed, and says so', async () => {
    const directory = temporaryDirectory();
    const holder = await holderOf(directory);
    await expect(acquireDirectoryLock(directory)).rejects.toMatchObject({ pid: holder.pid });
    await holder.killed();
    const lock = await acquireDirectoryLock(directory);
    expect(lock.predecessorDied).toBe(true);
    lock.release();
    expect((await acquireDirectoryLock(directory)).predecessorDied).toBe(false);
  });

  const OWN_START = processIdentity(process.pid)!;

  it.each([
    ['of a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, started: 'then' }), true],
    [
      'of a process whose number another one has now',
      JSON.stringify({ pid: process.pid, started: `${OWN_START}1` }),
      true,
    ],
    ['that a power cut has emptied', '', true],
    ['that holds something else', '"text"', true],
    ['that was given free', JSON.stringify({ pid: 0, started: '' }), false],
  ])('does not stop at a file %s', async (_, content, died) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'process.lock.7'), content);
    expect((await acquireDirectoryLock(directory)).predecessorDied).toBe(died);
    expect(readdirSync(directory)).toEqual(['process.lock.8']);
  });

  it('stops at what earlier versions put down: the same file with a number, and a PostgreSQL launcher’s without', async () => {
    const numbered = temporaryDirectory();
    writeFileSync(join(numbered, 'process.lock.3'), JSON.stringify({ pid: process.pid, started: OWN_START }));
    await expect(acquireDirectoryLock(numbered)).rejects.toMatchObject({ pid: process.pid });

    const launcher = temporaryDirectory();
    const bare = (identity: string) =>
      writeFileSync(
        join(launcher, 'launcher.lock'),
        JSON.stringify({ pid: process.pid, identity, nonce: '1' }),
      );
    const acquire = () => acquireDirectoryLock(launcher, { name: 'launcher.lock' });
    bare(OWN_START.replace(':', '/'));
    await expect(acquire()).rejects.toMatchObject({ pid: process.pid });
    bare('another boot/1');
    const lock = await acquire();
    expect(lock.predecessorDied).toBe(true);
    expect(readdirSync(launcher)).toEqual(['launcher.lock.1']);
    lock.release();
    // An earlier version again, after ours has been here.
    bare(OWN_START.replace(':', '/'));
    await expect(acquire()).rejects.toMatchObject({ pid: process.pid });
  });

  it('goes to one of two processes that want it at once, and of many after each kill, round after round', async () => {
    const directory = temporaryDirectory();
    let holder: ReturnType<typeof contender> | undefined;
    for (const count of [2, 6, 6, 6]) {
      const contenders = Array.from({ length: count }, () => contender(directory));
      for (const each of contenders) expect(await each.line()).toBe('ready');
      await holder?.killed();
      const answers = await Promise.all(contenders.map((each) => each.answer()));
      const winners = contenders.filter((_, index) => answers[index] === 'mine');
      expect(winners).toHaveLength(1);
      holder = winners[0]!;
      for (const answer of answers) if (answer !== 'mine') expect(answer).toBe(String(holder.pid));
      for (const each of contenders) if (each !== holder) await each.killed();
    }
    expect(readdirSync(directory)).toEqual(['process.lock.4']);
  });

  it('says what the system says of a directory that cannot be written, and leaves nothing there', async () => {
    const directory = temporaryDirectory();
    chmodSync(directory, 0o555);
    // Root may write everywhere, so it takes another user's rights first.
    const stranger = contender(directory, `if (process.getuid() === 0) process.seteuid(${NOBODY});`);
    expect(await stranger.line()).toBe('ready');
    expect(await stranger.answer()).toBe('EACCES');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('names the holder of a directory that cannot be written', async () => {
    const directory = temporaryDirectory();
    const lock = await acquireDirectoryLock(directory);
    chmodSync(directory, 0o555);
    const stranger = contender(directory, `if (process.getuid() === 0) process.seteuid(${NOBODY});`);
    expect(await stranger.line()).toBe('ready');
    expect(await stranger.answer()).toBe(String(process.pid));
    chmodSync(directory, 0o755);
    lock.release();
  });
});

describe('the identity of a process', () => {
  it('is the same while it lives, differs from others, and goes with it', async () => {
    const holder = contender(temporaryDirectory());
    await holder.line();
    const identity = processIdentity(holder.pid);
    expect(identity).toEqual(expect.any(String));
    expect(processIdentity(holder.pid)).toBe(identity);
    expect(identity).not.toBe(processIdentity(process.pid));
    await holder.killed();
    expect(processIdentity(holder.pid)).toBeUndefined();
  });

  it('is what the lock of a data directory has recorded since the first version', async () => {
    const directory = temporaryDirectory();
    const lock = await acquireDirectoryLock(directory);
    const { pid, started } = JSON.parse(readFileSync(join(directory, 'process.lock.1'), 'utf8'));
    expect(pid).toBe(process.pid);
    if (process.platform === 'linux') {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      const ticks = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)!.split(' ')[19];
      expect(started).toBe(`${boot}:${ticks}`);
    }
    lock.release();
  });
});
