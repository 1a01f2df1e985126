import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { processIdentity } from '@slipway/process-lock';
import { startPostgres, type PostgresOptions, type PostgresServer } from '../dist/index.js';
import { query } from './support/query.js';
import { descendants, isRunning } from './support/running.js';
import { IS_ROOT, NOBODY, Scratch } from './support/scratch.js';
import { until } from './support/until.js';

const scratch = new Scratch();
const servers: PostgresServer[] = [];

async function start(options: PostgresOptions): Promise<PostgresServer> {
  const server = await startPostgres(options);
  servers.push(server);
  return server;
}

/** A data directory with a finished database, for the tests that do not care how it came to be. */
const prepared = new Scratch();
let usedDir: string;

beforeAll(async () => {
  usedDir = prepared.directory();
  await (await startPostgres({ dataDir: usedDir })).stop();
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await scratch.remove();
});
afterAll(() => prepared.remove());

describe('startPostgres', () => {
  it('serves, stops, and has the rows again after the next start', async () => {
    const dataDir = scratch.directory();
    const first = await start({ dataDir });
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS n');
    await first.stop();
    await expect(first.exited).resolves.toEqual({ code: 0, signal: null });
    expect(isRunning(first.pid)).toBe(false);

    const second = await start({ dataDir });
    await expect(query(second.url, 'SELECT n FROM kept')).resolves.toEqual([{ n: 42 }]);
    expect(readdirSync(dataDir).sort()).toEqual(['cluster', 'launcher.lock.2', 'postgres.log']);
  });

  it('is durable and reachable only with the password, only over 127.0.0.1', async () => {
    const { url, superuserUrl, port, pid } = await start({ dataDir: usedDir });
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      await expect(query(url, `SHOW ${setting}`)).resolves.toEqual([{ [setting]: 'on' }]);
    }
    await expect(query(url, 'SHOW listen_addresses')).resolves.toEqual([{ listen_addresses: '127.0.0.1' }]);
    await expect(query(superuserUrl, 'SHOW unix_socket_directories')).resolves.toEqual([
      { unix_socket_directories: '' },
    ]);
    await expect(query(`postgres://slipway:wrong@127.0.0.1:${port}/slipway`, 'SELECT')).rejects.toThrow(
      /password/,
    );
    if (IS_ROOT) expect(statSync(`/proc/${pid}`).uid).not.toBe(0);
  });

  it('keeps the password to its owner', async () => {
    const dataDir = scratch.directory();
    const { url } = await start({ dataDir });
    const file = join(dataDir, 'cluster', 'password');
    expect(readFileSync(file, 'utf8')).toBe(new URL(url).password);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'postgres.log')).mode & 0o777).toBe(0o600);
  });

  it('lets the service do nothing beyond its database', async () => {
    const { url, superuserUrl } = await start({ dataDir: usedDir });
    const [role] = await query(url, 'SELECT * FROM pg_roles WHERE rolname = current_user');
    expect(role).toMatchObject({
      rolname: 'slipway',
      rolsuper: false,
      rolcreatedb: false,
      rolcreaterole: false,
      rolreplication: false,
      rolbypassrls: false,
    });
    for (const sql of [
      'CREATE DATABASE more',
      'CREATE ROLE more',
      "SELECT pg_read_file('PG_VERSION')",
      "COPY (SELECT 1) TO PROGRAM 'true'",
      'SELECT rolpassword FROM pg_authid',
      'ALTER ROLE postgres PASSWORD NULL',
      "SET session_replication_role = 'replica'",
    ])
      await expect(query(url, sql)).rejects.toThrow(/permission denied/);
    await expect(query(superuserUrl, 'CREATE DATABASE others')).resolves.toEqual([]);
    await query(superuserUrl, 'DROP DATABASE others');
    const file = join(usedDir, 'cluster', 'superuser-password');
    expect(readFileSync(file, 'utf8')).toBe(new URL(superuserUrl).password);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('makes the database that is asked for, also in a cluster that lacks it', async () => {
    const dataDir = usedDir;
    const { url } = await start({ dataDir, database: 'other' });
    await expect(query(url, 'SELECT current_database() AS d')).resolves.toEqual([{ d: 'other' }]);
  });

  it('takes settings and a port', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    const server = await start({ dataDir: usedDir, port, settings: { work_mem: '7MB' } });
    expect(server.port).toBe(port);
    await expect(query(server.url, 'SHOW work_mem')).resolves.toEqual([{ work_mem: '7MB' }]);
  });

  it('says that the wanted port is taken', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    await expect(start({ dataDir: usedDir, port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken`);
    squatter.close();
  });

  it.each<Partial<PostgresOptions>>([
    { settings: { fsync: 'off' } },
    { settings: { 'x;y': '1' } },
    { database: 'a/b' },
  ])('refuses %j and touches nothing', async (options) => {
    const dataDir = join(scratch.directory(), 'new');
    await expect(start({ dataDir, ...options })).rejects.toMatchObject({ reason: 'failed' });
    expect(existsSync(dataDir)).toBe(false);
  });

  it('gives a reason from PostgreSQL itself, and frees the directory for a better try', async () => {
    const dataDir = scratch.directory();
    await expect(start({ dataDir, settings: { shared_buffers: 'much' } })).rejects.toThrow(
      /"shared_buffers": "much"/,
    );
    await start({ dataDir });
  });

  it('reports a server that dies, and starts it again', async () => {
    const dataDir = usedDir;
    const first = await start({ dataDir });
    await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS n');
    process.kill(first.pid, 'SIGKILL');
    await expect(first.exited).resolves.toEqual({ code: null, signal: 'SIGKILL' });
    const second = await start({ dataDir });
    await expect(query(second.url, 'SELECT n FROM kept')).resolves.toEqual([{ n: 1 }]);
  });

  it('ends the server when only the supervisor was killed', async () => {
    const dataDir = usedDir;
    const server = await start({ dataDir });
    const supervisor = descendants(process.pid).find(({ pid }) =>
      descendants(pid).some((child) => child.pid === server.pid),
    );
    process.kill(supervisor?.pid as number, 'SIGKILL');
    await server.exited;
    expect(isRunning(server.pid)).toBe(false);
    await start({ dataDir });
  });
});

describe('a data directory of an earlier version, whose one role was the superuser', () => {
  const MADE = `CREATE TABLE kept (n serial PRIMARY KEY, at date);
    INSERT INTO kept DEFAULT VALUES;
    CREATE SCHEMA apart;
    CREATE TYPE apart.mood AS ENUM ('good');
    CREATE TABLE apart.more (mood apart.mood);
    CREATE SEQUENCE own_numbers;
    CREATE VIEW seen AS SELECT n FROM kept;
    CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n'`;

  /** Turns the roles back into what they were. */
  async function makeOld(dataDir: string): Promise<void> {
    const { url, superuserUrl, stop } = await start({ dataDir });
    const { password } = new URL(url);
    const helper = new URL(superuserUrl);
    Object.assign(helper, { username: 'helper', password: 'helper' });
    await query(superuserUrl, "CREATE ROLE helper SUPERUSER LOGIN PASSWORD 'helper'");
    for (const sql of [
      'REASSIGN OWNED BY slipway TO postgres',
      'DROP ROLE slipway',
      'ALTER ROLE postgres RENAME TO slipway',
      `ALTER ROLE slipway PASSWORD '${password}'`,
    ])
      await query(helper.href, sql);
    await query(url, 'DROP ROLE helper');
    await query(url, MADE);
    await stop();
    rmSync(join(dataDir, 'cluster', 'superuser-password'));
  }

  it('has two roles after the next start, the same address, and all that was in it as its own', async () => {
    const dataDir = scratch.directory();
    await makeOld(dataDir);
    for (let round = 0; round < 2; round++) {
      const { url, stop } = await start({ dataDir });
      await expect(query(url, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).resolves.toEqual(
        [{ rolsuper: false }],
      );
      await expect(query(url, 'SELECT n, twice(n) FROM seen')).resolves.toEqual([{ n: 1, twice: 2 }]);
      await query(
        url,
        `ALTER TABLE kept ADD COLUMN round_${round} int; ALTER SEQUENCE kept_n_seq RESTART 7;
         ALTER TABLE apart.more ADD COLUMN round_${round} int; ALTER TYPE apart.mood ADD VALUE 'round ${round}';
         ALTER SEQUENCE own_numbers RESTART; CREATE OR REPLACE VIEW seen AS SELECT n FROM kept;
         CREATE TABLE new_${round} ()`,
      );
      await stop();
    }
    expect(readdirSync(join(dataDir, 'cluster')).sort()).toEqual(['data', 'password', 'superuser-password']);
  });

  it('is brought up to date also where that was cut short after it was done and before it was noted', async () => {
    const dataDir = scratch.directory();
    await (await start({ dataDir })).stop();
    const cluster = join(dataDir, 'cluster');
    renameSync(join(cluster, 'superuser-password'), join(cluster, 'superuser-password.planned'));
    const { url, superuserUrl } = await start({ dataDir });
    for (const each of [url, superuserUrl])
      await expect(query(each, 'SELECT 1 AS n')).resolves.toEqual([{ n: 1 }]);
  });
});

describe('a data directory that is not free', () => {
  it('refuses a second launcher, naming the first', async () => {
    const dataDir = usedDir;
    await start({ dataDir });
    await expect(start({ dataDir })).rejects.toMatchObject({
      reason: 'in-use',
      message: expect.stringContaining('this process') as unknown,
    });
  });

  it('refuses to work beside a server that somebody else started, and leaves that alone', async () => {
    const dataDir = usedDir;
    const server = await start({ dataDir });
    for (const name of readdirSync(dataDir).filter((each) => each.startsWith('launcher.lock')))
      rmSync(join(dataDir, name));
    await expect(start({ dataDir })).rejects.toMatchObject({
      reason: 'in-use',
      message: expect.stringContaining(`process ${server.pid} `) as unknown,
    });
    await expect(query(server.url, 'SELECT 1 AS n')).resolves.toEqual([{ n: 1 }]);
  });

  it('lets one of many simultaneous starts win', async () => {
    const dataDir = scratch.directory();
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => start({ dataDir })));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ reason: 'in-use' });
    }
  });
});

describe('what a crash left behind', () => {
  // PostgreSQL itself steps over a process of another user, so these have its own.
  const serverUser = IS_ROOT ? { uid: NOBODY, gid: NOBODY } : {};

  /** Makes a `postmaster.pid` that says that the process serves the prepared data directory. */
  function leaveRecordOf(pid: number | string): void {
    const data = join(usedDir, 'cluster', 'data');
    const record = [pid, data, 1_700_000_000, 5432, '', '127.0.0.1', '  1 2', 'ready   ', ''];
    writeFileSync(join(data, 'postmaster.pid'), record.join('\n'));
  }

  it.each([
    ['a process that is gone', 4_194_303],
    ['no process at all (a torn file)', ''],
  ])('starts over a postmaster.pid of %s', async (_, pid) => {
    leaveRecordOf(pid);
    const { url } = await start({ dataDir: usedDir });
    await expect(query(url, 'SELECT 1 AS n')).resolves.toEqual([{ n: 1 }]);
  });

  it('starts over a postmaster.pid of a stranger that got the process id, and leaves that alone', async () => {
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore', ...serverUser });
    await once(stranger, 'spawn');
    leaveRecordOf(stranger.pid as number);
    await start({ dataDir: usedDir });
    expect(isRunning(stranger.pid as number)).toBe(true);
    stranger.kill('SIGKILL');
  });

  it('starts over a postmaster.pid and a lock of a zombie', async () => {
    // A shell that turns into a program that never waits for the child it has got.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      ...serverUser,
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const zombie = Number(line.toString());
    const identity = processIdentity(zombie);
    expect(identity).toBeDefined();
    const ps = (column: string, pid: number) =>
      execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' });
    await until('the shell to turn', () => ps('comm', parent.pid as number).startsWith('sleep'));
    process.kill(zombie, 'SIGKILL');
    await until('the zombie', () => ps('stat', zombie).startsWith('Z'));
    leaveRecordOf(zombie);
    writeFileSync(join(usedDir, 'launcher.lock.99'), JSON.stringify({ pid: zombie, started: identity }));
    await start({ dataDir: usedDir });
    parent.kill('SIGKILL');
  });

  it('takes over the lock of a process whose id has been given to another', async () => {
    const dataDir = scratch.directory();
    writeFileSync(join(dataDir, 'launcher.lock.1'), JSON.stringify({ pid: process.pid, started: 'older' }));
    await start({ dataDir });
  });
});

describe('a directory that is not ours', () => {
  it.each([
    ['a file of somebody else', (dir: string) => writeFileSync(join(dir, 'thesis.txt'), 'x')],
    ['a PostgreSQL data directory', (dir: string) => writeFileSync(join(dir, 'PG_VERSION'), '18\n')],
    ['a cluster without a version', (dir: string) => mkdirSync(join(dir, 'cluster'))],
  ])('refuses %s and changes nothing', async (_, fill) => {
    const dataDir = scratch.directory();
    fill(dataDir);
    const before = readdirSync(dataDir, { recursive: true });
    await expect(start({ dataDir })).rejects.toMatchObject({ reason: 'foreign' });
    expect(readdirSync(dataDir, { recursive: true })).toEqual(before);
  });

  it('refuses another major version, says which, and changes nothing', async () => {
    const dataDir = scratch.directory();
    const data = join(dataDir, 'cluster', 'data');
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'PG_VERSION'), '15\n');
    await expect(start({ dataDir })).rejects.toThrow(/made by PostgreSQL 15, the installed binaries are 18/);
    expect(readdirSync(dataDir)).toEqual(['cluster']);
  });

  it('refuses a path that is a file', async () => {
    const file = join(scratch.directory(), 'file');
    writeFileSync(file, '');
    await expect(start({ dataDir: file })).rejects.toMatchObject({ reason: 'failed' });
    chmodSync(file, 0o600);
  });
});
