/**
 * Builds the image that sandboxes of the `docker` provider run in, from Debian packages and what is installed here: nothing
 * is pulled from a registry of images.
 *   npm run image:sandbox                 (SLIPWAY_DOCKER_IMAGE names it, slipway-sandbox:latest by default)
 *   npm run image:sandbox -- --fresh      also when it is there: with today's security updates
 * An image that holds what it would hold is left as it is. docker/sandbox/Dockerfile makes the same from a registry.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const TAG = process.env.SLIPWAY_DOCKER_IMAGE || 'slipway-sandbox:latest';
const SUITE = 'bookworm';
/** Labels of the image: that it is one for sandboxes, and of what it was made. */
const IS_SANDBOX = 'slipway.sandbox';
const CONTENT = 'slipway.sandbox.content';
const MINUTES = 60_000;

const packages = readFileSync(join(PROJECT, 'docker/sandbox/packages.txt'), 'utf8')
  .split(/\s+/)
  .filter(Boolean);
const begun = performance.now();
const say = (text) =>
  console.error(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${text}`);

function stop(text) {
  console.error(text);
  process.exit(1);
}

/** The output of a program; undefined where it fails or is not there. */
function outputOf(program, args) {
  try {
    return execFileSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: MINUTES,
    }).trim();
  } catch {
    return undefined;
  }
}

/** Runs a program to its end and shows what it says, a line at a time. */
function run(program, args, input) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: [input ?? 'ignore', 'pipe', 'pipe'] });
    let last = '';
    const show = (chunk) => {
      for (const line of chunk
        .toString()
        .split('\n')
        .filter((each) => each.trim()))
        say((last = line.trim()));
    };
    child.stdout.on('data', show);
    child.stderr.on('data', show);
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(last) : reject(new Error(`${program} ended with ${code}: ${last}`)),
    );
  });
}

/** sandbox-agent's program for this platform, which is linked statically. */
function agentServer() {
  const cli = createRequire(import.meta.url).resolve('@sandbox-agent/cli/package.json');
  const name = `@sandbox-agent/cli-${process.platform}-${process.arch}/package.json`;
  return join(dirname(createRequire(cli).resolve(name)), 'bin', 'sandbox-agent');
}

/** npm as it lies beside this node. */
function npmFolder() {
  const beside = [
    resolve(process.execPath, '../../lib/node_modules/npm'),
    '/usr/lib/node_modules/npm',
    '/usr/share/nodejs/npm',
  ];
  return beside.find((folder) => existsSync(join(folder, 'bin/npm-cli.js')));
}

/** Libraries of this node that the image would lack: one from nodejs.org needs none but those. */
function missingLibraries() {
  const lines = outputOf('ldd', [process.execPath])?.split('\n') ?? [];
  const names = lines.map((line) => line.trim().split(' ')[0]).filter((name) => name?.startsWith('lib'));
  const held = /^lib(c|dl|m|pthread|rt|gcc_s|stdc\+\+|atomic)\.so/;
  return names.filter((name) => !held.test(name));
}

function requireTools() {
  if (process.platform !== 'linux')
    stop('This needs Linux. Elsewhere: docker build -t slipway-sandbox docker/sandbox');
  if (outputOf('docker', ['version', '--format', '{{.Server.Version}}']) === undefined)
    stop(
      'No Docker engine answers. Install and start one (Debian: apt-get install docker.io, then dockerd as root), or set DOCKER_HOST.',
    );
  if (outputOf('mmdebstrap', ['--version']) === undefined)
    stop(
      'mmdebstrap is missing (Debian: apt-get install mmdebstrap). With a registry: docker build -t slipway-sandbox docker/sandbox',
    );
  const lacking = missingLibraries();
  if (lacking.length > 0)
    stop(
      `This node needs ${lacking.join(', ')}, which the image lacks: run this with a node from nodejs.org.`,
    );
  if (npmFolder() === undefined) stop(`There is no npm beside ${process.execPath}.`);
}

/** What is not from Debian, as it is to lie in the image. */
function layOut(folder) {
  const local = join(folder, 'usr/local');
  mkdirSync(join(local, 'bin'), { recursive: true });
  for (const [name, from] of [
    ['node', process.execPath],
    ['sandbox-agent', agentServer()],
  ]) {
    copyFileSync(from, join(local, 'bin', name));
    chmodSync(join(local, 'bin', name), 0o755);
  }
  cpSync(npmFolder(), join(local, 'lib/node_modules/npm'), { recursive: true, dereference: true });
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name));
}

requireTools();
const agentVersion = JSON.parse(
  readFileSync(join(dirname(agentServer()), '../package.json'), 'utf8'),
).version;
const script = readFileSync(fileURLToPath(import.meta.url));
const content = createHash('sha256')
  .update(JSON.stringify([SUITE, packages, process.version, process.arch, agentVersion]))
  .update(script)
  .digest('hex')
  .slice(0, 32);
const there = outputOf('docker', [
  'image',
  'inspect',
  '--format',
  `{{index .Config.Labels "${CONTENT}"}}`,
  TAG,
]);
if (there === content && !process.argv.includes('--fresh')) {
  say(`${TAG} is there and up to date`);
  process.exit(0);
}

const work = mkdtempSync(join(tmpdir(), 'slipway-image-'));
const clear = () => rmSync(work, { recursive: true, force: true });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => {
    clear();
    process.exit(1);
  });
try {
  const tar = join(work, 'image.tar');
  say(`1/3 Debian ${SUITE} with ${packages.join(', ')}`);
  const quick = [
    '--dpkgopt=force-unsafe-io',
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    '--dpkgopt=path-exclude=/usr/share/man/*',
  ];
  await run('mmdebstrap', [
    ...['--variant=essential', `--include=${packages.join(',')}`, '--aptopt=APT::Install-Recommends "false"'],
    ...quick,
    ...[SUITE, tar],
  ]);
  say(`2/3 node ${process.version}, npm and sandbox-agent ${agentVersion}`);
  layOut(join(work, 'more'));
  await run('tar', [
    '--append',
    '--file',
    tar,
    '--owner=0',
    '--group=0',
    '-C',
    join(work, 'more'),
    // Folders that are there already may not come twice.
    ...['node', 'npm', 'npx', 'sandbox-agent'].map((name) => `usr/local/bin/${name}`),
    'usr/local/lib/node_modules',
  ]);
  say(`3/3 into the engine, as ${TAG}`);
  const changes = [
    `LABEL ${IS_SANDBOX}=1`,
    `LABEL ${CONTENT}=${content}`,
    'USER 65534:65534',
    'CMD ["/bin/bash"]',
  ];
  const path = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  await run('docker', ['import', ...[...changes, path].flatMap((change) => ['--change', change]), tar, TAG]);
  say(`${TAG} is built`);
} catch (error) {
  clear();
  stop(error instanceof Error ? error.message : String(error));
}
clear();
