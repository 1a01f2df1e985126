import { afterEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { query } from './support/query.js';
import { descendants, isRunning, type Process } from './support/running.js';
import { IS_ROOT, NOBODY, Scratch } from './support/scratch.js';
import { LAUNCHER, Service, type ServiceOptions } from './support/service.js';
import { until } from './support/until.js';

const scratch = new Scratch();
const services: Service[] = [];

function service(options: ServiceOptions): Service {
  const started = new Service(options);
  services.push(started);
  return started;
}

afterEach(async () => {
  await Promise.all(services.splice(0).map((each) => each.end('SIGTERM')));
  await scratch.remove();
});

/** Whether a normal user may read this checkout at all; in root's home it may not. */
const nobodyCanRead =
  IS_ROOT &&
  spawnSync(process.execPath, [LAUNCHER], { uid: NOBODY, gid: NOBODY, stdio: 'ignore' }).status === 0;
const users: [string, number | undefined][] = [[IS_ROOT ? 'root' : 'a normal user', undefined]];
if (nobodyCanRead) users.push(['a normal user', NOBODY]);

/** Each may have ended by itself meanwhile: the server's helpers come and go, and end with it. */
function kill(pids: number[]): void {
  for (const pid of pids)
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
}

const allGone = (processes: Process[]) =>
  until('all its processes to go', () => processes.every(({ pid }) => !isRunning(pid)));

describe.each(users)('the service killed with SIGKILL, as %s', (_, uid) => {
  it('leaves no process behind, and no acknowledged row is missing afterwards', async () => {
    const dataDir = scratch.directory(uid);
    const first = service({ dataDir, uid, writeFrom: 1 });
    await until('some rows', () => first.acknowledged >= 200);
    const processes = descendants(first.pid);
    expect(processes.filter(({ command }) => command.startsWith('postgres')).length).toBeGreaterThan(1);
    expect(
      processes.filter(({ command, uid: owner }) => command.startsWith('postgres') && owner === 0),
    ).toEqual([]);
    await first.end('SIGKILL');
    await allGone(processes);

    const second = service({ dataDir, uid });
    const rows = await query<{ n: string }>((await second.ready()).url, 'SELECT count(*) AS n FROM rows');
    expect(Number(rows[0]?.n)).toBeGreaterThanOrEqual(first.acknowledged);
  });

  it('can be started again at once, ten times over', async () => {
    const dataDir = scratch.directory(uid);
    let acknowledged = 0;
    for (let round = 0; round < 10; round++) {
      const each = service({ dataDir, uid, writeFrom: round * 1_000_000 + 1 });
      const { url } = await each.ready();
      if (round > 0) {
        const rows = await query<{ n: string }>(
          url,
          `SELECT count(*) AS n FROM rows WHERE n <= ${round * 1_000_000}`,
        );
        expect(Number(rows[0]?.n)).toBeGreaterThanOrEqual(acknowledged);
      }
      const start = round * 1_000_000;
      await until('some rows', () => each.acknowledged > start + 20);
      await each.end('SIGKILL');
      acknowledged += each.acknowledged - start;
    }
  });

  it('comes back after service, supervisor and server were all killed together', async () => {
    const dataDir = scratch.directory(uid);
    const first = service({ dataDir, uid, writeFrom: 1 });
    await until('some rows', () => first.acknowledged >= 100);
    kill([...descendants(first.pid).map(({ pid }) => pid), first.pid]);
    await first.end('SIGKILL');
    const second = service({ dataDir, uid });
    const rows = await query<{ n: string }>((await second.ready()).url, 'SELECT count(*) AS n FROM rows');
    expect(Number(rows[0]?.n)).toBeGreaterThanOrEqual(first.acknowledged);
  });

  it('ends an orphaned server whose supervisor was killed too', async () => {
    const dataDir = scratch.directory(uid);
    const first = service({ dataDir, uid });
    const { pid } = await first.ready();
    const supervisor = descendants(first.pid).find((each) =>
      descendants(each.pid).some((child) => child.pid === pid),
    );
    process.kill(first.pid, 'SIGSTOP'); // So that it does not notice the supervisor's end and act on it.
    process.kill(supervisor?.pid as number, 'SIGKILL');
    await first.end('SIGKILL');
    expect(isRunning(pid)).toBe(true);
    await service({ dataDir, uid }).ready();
    expect(isRunning(pid)).toBe(false);
  });

  it('leaves nothing but a draft when killed while the database is made, and begins clean', async () => {
    const dataDir = scratch.directory(uid);
    const first = service({ dataDir, uid });
    const draft = await until('initdb at work', () =>
      readdirSync(dataDir).find(
        (name) => name.startsWith('init-') && existsSync(join(dataDir, name, 'data', 'base')),
      ),
    );
    const processes = descendants(first.pid);
    await first.end('SIGKILL');
    expect(existsSync(join(dataDir, 'cluster'))).toBe(false);
    await allGone(processes);
    expect(existsSync(join(dataDir, draft))).toBe(true);

    const { url } = await service({ dataDir, uid }).ready();
    await expect(query(url, 'SELECT 1 AS n')).resolves.toEqual([{ n: 1 }]);
    expect(readdirSync(dataDir).sort()).toEqual(['cluster', 'launcher.lock.2', 'postgres.log']);
  });

  it('goes to one of several services that start at once on what a killed one left', async () => {
    const dataDir = scratch.directory(uid);
    const first = service({ dataDir, uid });
    await first.ready();
    await first.end('SIGKILL');
    const answers = await Promise.all([1, 2, 3, 4].map(() => service({ dataDir, uid }).answer()));
    expect(answers.filter(({ ready }) => ready)).toHaveLength(1);
    expect(answers.filter(({ refused }) => refused?.reason === 'in-use')).toHaveLength(3);
  });

  it('refuses a second service, naming the first', async () => {
    const dataDir = scratch.directory(uid);
    const first = service({ dataDir, uid });
    await first.ready();
    const { refused } = await service({ dataDir, uid }).answer();
    expect(refused).toMatchObject({
      reason: 'in-use',
      message: expect.stringContaining(`process ${first.pid} (`) as unknown,
    });
  });
});
