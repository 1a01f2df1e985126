/**
 * What a build consists of. A part is built again when anything that it is made from has changed: the contents of its
 * inputs, of what concerns all parts, or the version of Node.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Changes here concern every part. */
const COMMON = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'scripts/build.mjs',
  'scripts/build-parts.mjs',
  'scripts/bundle.mjs',
  'scripts/is-alive.mjs',
];

/** Not made from: outputs, tests, and what tools keep for themselves. */
const IGNORED = /^(dist|node_modules|test|bench)$|\.spec\.tsx?$|\.tsbuildinfo$/;

const tsc = (...args) => ['node_modules/typescript/bin/tsc', ...args];

/** What the service is compiled against. */
const PACKAGES = ['process-lock', 'embedded-eventstore', 'embedded-postgres', 'client'];

/**
 * In the order of building. `inputs` are files and folders; `outputs` have to be there for the part to be up to date;
 * `forget` is removed when one of them is missing, so that an incremental compiler writes them all again; `memory` is
 * what that compiler keeps of what it wrote last.
 */
export const PARTS = [
  {
    name: 'process lock',
    inputs: ['packages/process-lock'],
    outputs: ['packages/process-lock/dist/index.js'],
    forget: [],
    steps: [tsc('-p', 'packages/process-lock')],
  },
  ...['eventstore', 'postgres'].map((name) => ({
    name: `embedded ${name}`,
    inputs: [`packages/embedded-${name}`, 'packages/process-lock'],
    outputs: [`packages/embedded-${name}/dist/index.js`],
    forget: [],
    steps: [tsc('-p', `packages/embedded-${name}`)],
  })),
  {
    name: 'client',
    inputs: ['packages/client'],
    outputs: ['packages/client/dist/index.js'],
    forget: ['packages/client/dist/.tsbuildinfo'],
    steps: [tsc('-p', 'packages/client')],
  },
  {
    name: 'provider contract',
    inputs: ['packages/provider-contract'],
    outputs: ['packages/provider-contract/dist/index.js'],
    forget: ['packages/provider-contract/dist/.tsbuildinfo'],
    steps: [tsc('-p', 'packages/provider-contract')],
  },
  {
    name: 'service',
    inputs: ['src', 'tsconfig.build.json', ...PACKAGES.map((name) => `packages/${name}`)],
    outputs: ['dist/main.js', 'dist/cli/slipway.js', 'dist/.tsbuildinfo'],
    forget: ['dist/.tsbuildinfo'],
    memory: 'dist/.tsbuildinfo',
    steps: [tsc('-p', 'tsconfig.build.json'), ['scripts/bundle.mjs']],
  },
  {
    name: 'workbench',
    inputs: ['web', 'packages/client', 'src/events', 'src/platform'],
    outputs: ['web/dist/index.html'],
    forget: [],
    steps: [tsc('-p', 'web'), ['node_modules/vite/bin/vite.js', 'build', 'web', '--logLevel', 'warn']],
  },
];

/** A digest of everything that the part is made from. */
export function fingerprint(root, part) {
  const hash = createHash('sha256').update(process.version);
  for (const input of [...COMMON, ...part.inputs])
    for (const file of filesOf(join(root, input)))
      hash.update(`\0${relative(root, file)}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

/**
 * What is remembered of a part that was built: what it was made from, and the compiler's own memory of what it wrote
 * last, so that a compiler that somebody ran by hand is noticed.
 */
export const stampOf = (root, part, made) =>
  `${made} ${part.memory === undefined ? '' : digestOf(join(root, part.memory))}`;

/** Whether the part is there, made from what is there now, and untouched since. */
export const isUpToDate = (root, part, stamps) =>
  part.outputs.every((file) => existsSync(join(root, file))) &&
  stamps[part.name] === stampOf(root, part, fingerprint(root, part));

/** A digest of a file's content; of nothing when it is not there. */
export const digestOf = (file) =>
  createHash('sha256')
    .update(existsSync(file) ? readFileSync(file) : '')
    .digest('hex');

function filesOf(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => !IGNORED.test(name))
    .sort()
    .flatMap((name) => filesOf(join(path, name)));
}
