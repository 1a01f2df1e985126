/*
 * What it costs to see a task's changes: a checkout of 20,000 files with 300 changed, the first look and later ones, and a
 * diff of more than 5 MB that is taken piece by piece. `npm run bench:changes`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changedFiles, diffOf } from '../../dist/repository/checkout-diff.js';
import { CheckoutSnapshots } from '../../dist/repository/checkout-snapshots.js';
import { Git } from '../../dist/repository/git.js';

const FILES = 20_000;
const CHANGED = 300;
const LOOKS = 5;
const limits = { mostFiles: 10_000, mostBytes: 256 << 20, mostFileBytes: 32 << 20, mostMs: 60_000 };
const signal = new AbortController().signal;

const dir = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-bench-')));
const git = (cwd, ...args) =>
  execFileSync('git', ['-c', 'user.name=B', '-c', 'user.email=b@example.com', ...args], {
    cwd: join(dir, cwd),
    encoding: 'utf8',
  }).trim();
const pathOf = (n) => `src/part-${n % 200}/file-${n}.js`;

async function timed(label, work) {
  const begun = performance.now();
  const result = await work();
  console.log(`${label}: ${Math.round(performance.now() - begun)} ms`);
  return result;
}

try {
  for (const name of ['repo', 'home', 'box', 'records']) mkdirSync(join(dir, name));
  for (let n = 0; n < 200; n++) mkdirSync(join(dir, 'repo', `src/part-${n}`), { recursive: true });
  for (let n = 0; n < FILES; n++)
    writeFileSync(join(dir, 'repo', pathOf(n)), `export const value${n} = ${n};\n`.repeat(40));
  git('repo', 'init', '--quiet', '--initial-branch=main');
  git('repo', 'add', '.');
  git('repo', 'commit', '--quiet', '-m', 'Begin');
  git('.', 'init', '--quiet', '--bare', 'mirror.git');
  // As a mirror is filled: in a pack.
  git(
    'mirror.git',
    '-c',
    'protocol.file.allow=always',
    'fetch',
    '--quiet',
    `file://${join(dir, 'repo')}`,
    'main:main',
  );
  git('mirror.git', 'symbolic-ref', 'HEAD', 'refs/heads/main');
  git('.', 'clone', '--quiet', '--shared', 'mirror.git', 'box/checkout');
  const start = git('box/checkout', 'rev-parse', 'HEAD');
  const place = {
    ...{
      folder: join(dir, 'box/checkout'),
      root: join(dir, 'box'),
      ownGitDir: join(dir, 'records/seen.git'),
    },
    ...{ borrows: [join(dir, 'mirror.git')], start, upstream: start, remote: '', branch: 'main' },
  };
  const ours = new Git({ home: join(dir, 'home'), locks: false });
  const snapshots = new CheckoutSnapshots(ours);
  const look = async () => {
    const seen = await snapshots.take(place, limits, signal);
    return { seen, files: await changedFiles(snapshots, place, seen, signal) };
  };
  const change = (round) => {
    for (let n = 0; n < CHANGED; n++)
      writeFileSync(join(place.folder, pathOf(n * 61)), `export const changed = ${round};\n`.repeat(200));
  };
  change(0);
  await timed(`first look, ${FILES} files, ${CHANGED} changed`, look);
  for (let round = 1; round <= LOOKS; round++) {
    change(round);
    const { files } = await timed(`look ${round}`, look);
    if (files.length !== CHANGED) throw new Error(`${files.length} files were seen, not ${CHANGED}`);
  }
  await timed('nothing new', look);
  git('box/checkout', 'commit', '--quiet', '--all', '-m', 'Work');
  await timed('after a commit', look);
  for (let n = 0; n < 60; n++)
    writeFileSync(
      join(place.folder, pathOf(n * 7)),
      `const line = ${n}; // ${'x'.repeat(60)}\n`.repeat(1_200),
    );
  const { seen } = await look();
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let bytes = 0;
  let most = 0;
  await timed('the diff of all', async () => {
    for await (const piece of diffOf(snapshots, place, seen, [], signal)) {
      bytes += piece.length;
      most = Math.max(most, process.memoryUsage().rss);
    }
  });
  console.log(
    `${(bytes / 1e6).toFixed(1)} MB of diff, memory grew by ${((most - before) / 1e6).toFixed(1)} MB`,
  );
} finally {
  rmSync(dir, { recursive: true, force: true });
}
