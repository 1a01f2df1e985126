/**
 * Builds what is not up to date, and says so, a line a part. Nothing to build: nothing is said and nothing is written.
 *   npm run build                  (npm start, npm test and npm run demo do it first)
 * One build at a time: another one waits for it and finds its work done.
 */
import { spawn } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PARTS, fingerprint, isUpToDate, stampOf } from './build-parts.mjs';
import { isAlive, startOf } from './is-alive.mjs';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
/** In place of a part's stamp while it is built: it stays when the build is killed. */
const BEGUN = 'begun';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** The program that works for us. */
let running;

/** Builds what is not up to date below `root`. Rejects, having said why, when a part cannot be built. */
export async function build(root = PROJECT) {
  const stampFile = join(root, 'dist/.build.json');
  const stale = () => PARTS.filter((part) => !isUpToDate(root, part, readJson(stampFile)));
  if (stale().length === 0) return;
  mkdirSync(join(root, 'dist'), { recursive: true });
  const release = await lock(join(root, 'dist/.building'));
  const unlisten = onStop(release);
  try {
    const parts = stale();
    for (const [index, part] of parts.entries()) {
      const begun = performance.now();
      process.stderr.write(`build ${index + 1}/${parts.length}: ${part.name} … `);
      // Taken before: what is changed while it is built is built by the next build.
      const made = fingerprint(root, part);
      // From its first step on, nobody knows what the outputs hold; a compiler that finds errors writes them all the same.
      const { [part.name]: before, ...others } = readJson(stampFile);
      writeWhole(stampFile, JSON.stringify({ ...others, [part.name]: BEGUN }, null, 2));
      // A compiler that was stopped may have written what its memory knows nothing of.
      if (before === BEGUN || !part.outputs.every((file) => readable(join(root, file))))
        for (const file of part.forget) rmSync(join(root, file), { force: true });
      try {
        for (const step of part.steps) await run(root, step, part.name);
      } catch (error) {
        writeWhole(stampFile, JSON.stringify(others, null, 2));
        throw error;
      }
      writeWhole(stampFile, JSON.stringify({ ...others, [part.name]: stampOf(root, part, made) }, null, 2));
      process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
    }
  } finally {
    unlisten();
    release();
  }
}

/** Whoever stops us stops our programs, and lets the next build in. */
function onStop(release) {
  const stop = (signal) => {
    running?.kill('SIGKILL');
    release();
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of SIGNALS) process.once(signal, stop);
  return () => SIGNALS.forEach((signal) => process.removeListener(signal, stop));
}

/** Runs a program of node_modules. What it prints is shown only when it fails. */
async function run(root, args, part) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  running = child;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  const code = await new Promise((done) => child.once('close', done));
  running = undefined;
  if (code === 0) return;
  process.stderr.write(`\n${output}`);
  throw new Error(`The ${part} cannot be built; it says why above.`);
}

/** Waits for another build to end. Resolves with what lets the next one in. A build that was killed holds up nobody. */
async function lock(file) {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, `${process.pid} ${startOf(process.pid)}`);
  try {
    for (let said = false; ; await pause(100)) {
      try {
        linkSync(mine, file);
        clearDead(file);
        return () => rmSync(file, { force: true });
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const owner = readable(file) ?? '';
      const [pid, start] = owner.split(' ');
      // A later process may have the id of a build that was killed.
      if (isAlive(Number(pid)) && (!start || start === startOf(pid))) {
        if (!said) process.stderr.write(`waiting for another build (process ${pid})\n`);
        said = true;
      } else if (owner !== '') takeAway(file, owner);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Removes what builds that were killed while they waited have left beside the lock. */
function clearDead(file) {
  const folder = dirname(file);
  for (const name of readdirSync(folder)) {
    const pid = /^\.building\.(\d+)(\.stale)?$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

/** Removes a dead build's lock; a lock that a living one has put down meanwhile is put back. */
function takeAway(file, owner) {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    if (readable(aside) !== owner) linkSync(aside, file);
  } catch {
    // Somebody else was faster.
  }
  rmSync(aside, { force: true });
}

function readable(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

function writeWhole(file, text) {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  build(process.argv[2] === undefined ? PROJECT : resolve(process.argv[2])).catch((error) => {
    console.error(`build: ${error.message}`);
    process.exit(1);
  });
}
