import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { acquireDirectoryLock } from '@slipway/process-lock';
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../dist/main.js');
const START = join(import.meta.dirname, '../../scripts/start.mjs');
const LIMIT_MS = 60_000;
const RUN_LIMIT_MS = 40_000;
/** Says to be another Node before anything else runs. */
const OLD_NODE = `--import=data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.4' } });",
)}`;

interface Outcome {
  readonly code: number | null;
  readonly said: string[];
}

/** What is wrong, and the one line that says so. `prepare` gets a directory of the case's own, also the working one. */
interface Case {
  readonly what: string;
  readonly prepare?: (directory: string) => Promise<Record<string, string> | void>;
  readonly env?: Record<string, string>;
  readonly line: RegExp;
}

const OPEN_DOOR = { SLIPWAY_TRUST_PROXY: '10.0.0.5', SLIPWAY_HOSTS: 'slipway.example' };
const taken: { server?: Server } = {};
/** A file is where a directory should be. */
const fileAt = (path: string) => async (directory: string) => writeFile(join(directory, path), '');

const CASES: readonly Case[] = [
  {
    what: 'a port in use',
    prepare: async () => ({ PORT: String((taken.server!.address() as AddressInfo).port) }),
    line: /^slipway: Port \d+ of 127\.0\.0\.1 is in use .*set PORT/,
  },
  {
    what: 'a HOST that is no address of this machine',
    env: { HOST: '192.0.2.1', ...OPEN_DOOR },
    line: /^slipway: HOST 192\.0\.2\.1 is no address of this machine/,
  },
  { what: 'a PORT that is no number', env: { PORT: 'http' }, line: /^slipway: PORT must be a whole number/ },
  {
    what: 'a data directory that is a file',
    prepare: fileAt('data'),
    line: /^slipway: SLIPWAY_DATA_DIR .*data is a file or lies below one/,
  },
  {
    what: 'a data directory below a file',
    prepare: async (directory) => {
      await writeFile(join(directory, 'file'), '');
      return { SLIPWAY_DATA_DIR: join(directory, 'file/data') };
    },
    line: /^slipway: SLIPWAY_DATA_DIR .*is a file or lies below one/,
  },
  {
    what: 'a data directory below /proc',
    env: { SLIPWAY_DATA_DIR: '/proc/slipway/data' },
    line: /^slipway: SLIPWAY_DATA_DIR \/proc\/slipway\/data is on a file system that cannot keep files/,
  },
  {
    what: 'a data directory below /sys',
    env: { SLIPWAY_DATA_DIR: '/sys/slipway' },
    line: /^slipway: SLIPWAY_DATA_DIR \/sys\/slipway (cannot be written by this user|is on a file system)/,
  },
  {
    what: 'a data directory that another process uses',
    prepare: async (directory) => void (await acquireDirectoryLock(join(directory, 'data'))),
    line: new RegExp(`^slipway: .*data is in use by process ${process.pid}\\. Stop that process`),
  },
  {
    what: 'an EVENTSTORE_URL of another kind',
    env: { EVENTSTORE_URL: 'http://user:pa55@store:2113' },
    line: /^slipway: EVENTSTORE_URL must be like esdb:\/\/((?!pa55).)*$/,
  },
  {
    what: 'an EVENTSTORE_URL that the client cannot read',
    env: { EVENTSTORE_URL: 'esdb://user@store:2113:pa55' },
    line: /^slipway: EVENTSTORE_URL must be like esdb:\/\/((?!pa55).)*$/,
  },
  {
    what: 'a DATABASE_URL with a password that is not encoded',
    env: { DATABASE_URL: 'postgres://user:pa#55@db/slipway' },
    line: /^slipway: DATABASE_URL must be like .*percent-encoded/,
  },
  {
    what: 'failures of the simulated provider that there are not',
    env: { SLIPWAY_SIMULATED_FAILURES: 'naming=hang' },
    line: /^slipway: The failure setting "naming=hang" is wrong/,
  },
  {
    what: 'an .env that is a directory',
    prepare: async (directory) => void (await mkdir(join(directory, '.env'))),
    line: /^slipway: .*\.env is no file/,
  },
  {
    what: 'an .env that is a pipe',
    prepare: async (directory) => void spawnSync('mkfifo', [join(directory, '.env')]),
    line: /^slipway: .*\.env is no file/,
  },
  {
    what: 'a Node that is too old',
    env: { NODE_OPTIONS: OLD_NODE },
    line: /^slipway: Node 18\.20\.4 is too old: Slipway needs 20\.19/,
  },
  {
    what: 'events that are damaged',
    prepare: async (directory) => {
      await mkdir(join(directory, 'data/eventstore'), { recursive: true });
      await writeFile(join(directory, 'data/eventstore/events.lmdb'), 'not a database'.repeat(1_000));
    },
    line: /^slipway: .*events\.lmdb is damaged .*Restore a backup or move it away/,
  },
  {
    what: 'a file where the events should be',
    prepare: async (directory) => {
      await mkdir(join(directory, 'data'));
      await fileAt('data/eventstore')(directory);
    },
    line: /^slipway: The events cannot be kept in .*EEXIST/,
  },
  {
    what: 'a file where the rows should be',
    prepare: async (directory) => {
      await mkdir(join(directory, 'data'));
      await fileAt('data/postgres')(directory);
    },
    line: /^slipway: The data directory .*postgres cannot be used/,
  },
];

describe('a start that cannot be ends at once, with one line that says what to do:', () => {
  let scratch = '';

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'slipway-refused-'));
    taken.server = createServer();
    await new Promise<void>((resolve) => taken.server!.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    taken.server?.close();
    await rm(scratch, { recursive: true, force: true });
  });

  const run = (directory: string, command: readonly string[], env: Record<string, string> = {}) =>
    new Promise<Outcome>((resolve) => {
      const [file = '', ...args] = command;
      const child = spawn(file, args, {
        cwd: directory,
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          PORT: '0',
          LOG_LEVEL: 'error',
          SLIPWAY_DATA_DIR: join(directory, 'data'),
          SLIPWAY_PROVIDERS: 'simulated',
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
        // One that starts in spite of everything must not outlive the test.
        timeout: RUN_LIMIT_MS,
        killSignal: 'SIGKILL',
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
      child.once('close', (code) => resolve({ code, said: said.split('\n').filter(Boolean) }));
    });

  it.each(CASES)(
    '$what',
    async ({ prepare, env, line }) => {
      const directory = await mkdtemp(join(scratch, 'case-'));
      const more = (await prepare?.(directory)) ?? {};
      const { code, said } = await run(directory, [process.execPath, MAIN], { ...env, ...more });
      expect({ code, said }).toEqual({ code: 1, said: [expect.stringMatching(line)] });
    },
    LIMIT_MS,
  );

  it('a Node that is too old, before anything is built', async () => {
    const { code, said } = await run(scratch, [process.execPath, START], { NODE_OPTIONS: OLD_NODE });
    expect({ code, said }).toEqual({
      code: 1,
      said: [expect.stringMatching(/^slipway: Node 18\.20\.4 is too old/)],
    });
  });

  // Needs a mount of its own, which not every machine lets a test have.
  const mounted = (options: string, directory: string) => [
    ...['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'],
    `mkdir -p data && mount -t tmpfs -o ${options} tmpfs data && exec "$0" "$@"`,
    ...[process.execPath, MAIN, directory],
  ];
  const canMount = spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'true']).status === 0;
  (canMount ? it : it.skip).each([
    ['of which nothing is left', 'size=32k', /SLIPWAY_DATA_DIR .* is on a disk that is full: make room/],
    ['that is read-only', 'ro', /SLIPWAY_DATA_DIR .* is on a file system that is read-only/],
  ])(
    'a disk %s',
    async (_, options, line) => {
      const directory = await mkdtemp(join(scratch, 'case-'));
      const { code, said } = await run(directory, mounted(options, directory), {
        // The embedded PostgreSQL does not run as the only user that there is in such a namespace.
        DATABASE_URL: 'postgres://slipway@127.0.0.1:1/slipway',
      });
      expect({ code, said }).toEqual({ code: 1, said: [expect.stringMatching(line)] });
    },
    LIMIT_MS,
  );
});
