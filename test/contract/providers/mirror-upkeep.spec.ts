import { describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onAbort } from '../../../src/platform/aborts.js';
import { Git } from '../../../src/repository/git.js';
import { MirrorUpkeep } from '../../../src/providers/local/mirror-upkeep.js';
import { MirrorUses } from '../../../src/providers/local/mirror-uses.js';
import { REMOTE_FILE } from '../../../src/providers/local/mirror.js';
import { mirrorPlace } from '../../../src/providers/local/mirror-place.js';
import { eventually } from './eventually.js';
import { never, useLocalProvider } from './local-fixture.js';
import { commit, git, makeRepository } from './repository.js';

const fixture = useLocalProvider();
const DAY = 86_400_000;
const uses = new MirrorUses();

function run(expireMs?: number, signal = never): Promise<void> {
  const folders = {
    mirrors: join(fixture.dataDir, 'mirrors'),
    sandboxes: join(fixture.dataDir, 'sandboxes'),
  };
  const program = new Git({ home: join(fixture.dataDir, 'git-home'), locks: true });
  return new MirrorUpkeep(folders, program, uses, { expireMs }).run(signal);
}

const placeOf = (remote: string) => mirrorPlace(join(fixture.dataDir, 'mirrors'), remote);
const age = (path: string, days: number) => {
  const then = new Date(Date.now() - days * DAY);
  utimesSync(path, then, then);
};
const packsOf = (mirror: string) =>
  readdirSync(join(mirror, 'objects', 'pack')).filter((name) => name.endsWith('.pack'));

async function checkOut(repoRemote: string) {
  const spec = fixture.spec({ repoRemote });
  const { path = '' } = await fixture.open().createSandbox(spec, never);
  return { taskId: spec.taskId, path };
}

/** A mirror with a pack for each of many fetches, and a checkout that borrows what no ref leads to any more. */
async function scattered(name: string) {
  const repository = makeRepository(join(fixture.dir, name));
  commit(repository, { soon: 'gone' });
  const box = await checkOut(repository);
  const mirror = placeOf(repository).path;
  git(repository, 'reset', '--quiet', '--hard', 'HEAD^');
  for (let n = 0; n < 25; n++) {
    commit(repository, { [`f${n}`]: `${n}` });
    git(
      mirror,
      '-c',
      'fetch.unpackLimit=1',
      'fetch',
      '--quiet',
      '--prune',
      repository,
      '+refs/heads/*:refs/heads/*',
    );
  }
  git(mirror, 'update-ref', 'refs/slipway/default', 'refs/heads/main');
  return { repository, mirror, box };
}

describe('the upkeep of mirrors', () => {
  it('packs what many fetches left, and drops nothing that a checkout borrows', async () => {
    const { repository, mirror, box } = await scattered('many');
    expect(packsOf(mirror).length).toBeGreaterThan(20);
    await run();
    expect(packsOf(mirror).length).toBeLessThan(5);
    expect(git(box.path, 'fsck', '--connectivity-only', '--no-dangling')).toBe('');
    expect(git(box.path, 'show', 'HEAD:soon')).toBe('gone');
    const { path } = await checkOut(repository);
    expect(git(path, 'rev-parse', 'HEAD')).toBe(git(repository, 'rev-parse', 'main'));
  });

  it('goes out of the way of a task, which finds all as it was', async () => {
    const { repository, mirror, box } = await scattered('wanted');
    const order: string[] = [];
    const upkeep = uses.whileUnused(
      mirror,
      never,
      (signal) =>
        new Promise((_, reject) =>
          onAbort(signal, () => {
            order.push('stopped');
            reject(signal.reason as Error);
          }),
        ),
    );
    await uses.use(mirror, async () => {
      order.push('used');
      expect(await uses.whileUnused(mirror, never, () => Promise.reject(new Error('in use')))).toBe(false);
    });
    expect(await upkeep).toBe(false);
    expect(order).toEqual(['stopped', 'used']);
    const abort = new AbortController();
    const running = run(undefined, abort.signal).catch(() => undefined);
    await eventually(() => existsSync(placeOf(repository).lock), 'the upkeep to begin');
    abort.abort(new Error('stop'));
    await running;
    expect(git(box.path, 'fsck', '--connectivity-only', '--no-dangling')).toBe('');
    await run();
    expect(packsOf(mirror).length).toBeLessThan(5);
  });

  it('deletes what nobody has used for long, unless a sandbox borrows from it or it holds kept work', async () => {
    const remotes = ['unused', 'fresh', 'borrowed', 'kept'].map((name) =>
      makeRepository(join(fixture.dir, name)),
    );
    const boxes = await Promise.all(remotes.map((remote) => checkOut(remote)));
    const [unused, fresh, borrowed, kept] = remotes.map((remote) => placeOf(remote).path);
    for (const [index, { taskId }] of boxes.entries()) {
      if (index === 2) await fixture.open().releaseSandbox(taskId, never);
      else await fixture.open().destroySandbox({ taskId, keepBranch: index === 3 }, never);
    }
    for (const path of [unused, borrowed, kept]) age(join(path!, REMOTE_FILE), 31);
    await run();
    expect(existsSync(unused!)).toBe(true);
    await run(30 * DAY);
    expect([unused, fresh, borrowed, kept].map((path) => existsSync(path!))).toEqual([
      false,
      true,
      true,
      true,
    ]);
    // It is simply made again.
    const { path } = await checkOut(remotes[0]!);
    expect(git(path, 'rev-parse', 'HEAD')).toBe(git(remotes[0]!, 'rev-parse', 'main'));
    age(join(borrowed!, REMOTE_FILE), 31);
    await checkOut(remotes[2]!);
    await fixture.open().destroySandbox({ taskId: boxes[2]!.taskId, keepBranch: false }, never);
    await run(30 * DAY);
    expect(existsSync(borrowed!)).toBe(true);
  });

  it('deletes none while a sandbox does not say which it borrows from', async () => {
    const repository = makeRepository(join(fixture.dir, 'silent'));
    const box = await checkOut(repository);
    const mirror = placeOf(repository).path;
    age(join(mirror, REMOTE_FILE), 40);
    age(mirror, 40);
    const record = join(fixture.dataDir, 'records', box.taskId, 'checkout.done');
    expect(existsSync(record)).toBe(true);
    writeFileSync(record, '');
    await run(30 * DAY);
    expect(git(box.path, 'fsck', '--connectivity-only', '--no-dangling')).toBe('');
    expect(existsSync(mirror)).toBe(true);
  });

  it('clears what dead processes and damage left', async () => {
    const repository = makeRepository(join(fixture.dir, 'leftovers'));
    await checkOut(repository);
    const mirror = placeOf(repository).path;
    const left = ['old', 'new'].map((name) => `${mirror}.${name}.tmp`);
    for (const path of [...left, join(mirror, 'damaged')]) {
      mkdirSync(path);
      writeFileSync(join(path, 'file'), 'x');
    }
    age(left[0]!, 2);
    age(join(mirror, 'damaged'), 31);
    await run(30 * DAY);
    expect([...left, join(mirror, 'damaged')].map((path) => existsSync(path))).toEqual([false, true, false]);
  });
});
