import { afterEach, beforeEach } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Git } from '../../../src/repository/git.js';
import { changedFiles, diffOf } from '../../../src/repository/checkout-diff.js';
import type { CheckoutPlace, Snapshot, SnapshotLimits } from '../../../src/repository/checkout-place.js';
import { CheckoutSnapshots } from '../../../src/repository/checkout-snapshots.js';

export const never = new AbortController().signal;
export const LIMITS: SnapshotLimits = {
  mostFiles: 1_000,
  mostBytes: 1 << 20,
  mostFileBytes: 64 << 10,
  mostMs: 30_000,
};

/** Git as an agent has it, in its own folder. */
export function git(cwd: string, ...args: string[]): string {
  const who = { GIT_AUTHOR_NAME: 'Agent', GIT_AUTHOR_EMAIL: 'agent@example.com' };
  const env = {
    ...{ PATH: process.env.PATH, HOME: cwd, GIT_CONFIG_NOSYSTEM: '1', ...who },
    ...{ GIT_COMMITTER_NAME: 'Agent', GIT_COMMITTER_EMAIL: 'agent@example.com' },
  };
  return execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

export function write(root: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

export function commitAll(cwd: string, message = 'Work'): string {
  git(cwd, 'add', '--all');
  git(cwd, 'commit', '--quiet', '--allow-empty', '-m', message);
  return git(cwd, 'rev-parse', 'HEAD');
}

/** A mirror, a checkout that borrows from it, and what looks at it; anew for each test. */
export function useCheckout(files: Readonly<Record<string, string>>) {
  const fixture = {
    dir: '',
    place: undefined as unknown as CheckoutPlace,
    git: undefined as unknown as Git,
    snapshots: undefined as unknown as CheckoutSnapshots,
    /** A file that must never come to be: what is planted would make it. */
    trap: '',
    take: (limits = LIMITS): Promise<Snapshot> => fixture.snapshots.take(fixture.place, limits, never),
    changes: async (snapshot: Snapshot) => {
      const files = await changedFiles(fixture.snapshots, fixture.place, snapshot, never);
      return files.map(({ path, status }) => `${status} ${path}`);
    },
    diff: async (snapshot: Snapshot, ...paths: string[]) => {
      const pieces: Buffer[] = [];
      for await (const piece of diffOf(fixture.snapshots, fixture.place, snapshot, paths, never))
        pieces.push(piece);
      return Buffer.concat(pieces).toString();
    },
    /** Another process that looks at the same checkout later. */
    reopen: () => (fixture.snapshots = new CheckoutSnapshots(fixture.git)),
  };
  beforeEach(() => {
    fixture.dir = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-checkout-')));
    fixture.trap = join(fixture.dir, 'trap');
    const at = (name: string) => join(fixture.dir, name);
    mkdirSync(at('repo'));
    git(at('repo'), 'init', '--quiet', '--initial-branch=main');
    write(at('repo'), files);
    const start = commitAll(at('repo'), 'Begin');
    for (const name of ['home', 'box', 'records']) mkdirSync(at(name));
    git(fixture.dir, 'clone', '--quiet', '--bare', 'repo', 'mirror.git');
    git(fixture.dir, 'clone', '--quiet', '--shared', 'mirror.git', 'box/checkout');
    git(at('box/checkout'), 'checkout', '--quiet', '-b', 'feat/it');
    fixture.place = {
      folder: at('box/checkout'),
      root: at('box'),
      ownGitDir: at('records/seen.git'),
      borrows: [at('mirror.git')],
      start,
      upstream: start,
      remote: at('repo'),
      branch: 'feat/it',
    };
    fixture.git = new Git({ home: at('home'), locks: false, timeoutMs: 20_000 });
    fixture.reopen();
  });
  afterEach(() => rmSync(fixture.dir, { recursive: true, force: true }));
  return fixture;
}
