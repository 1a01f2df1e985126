import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEventStore, type EventStoreNode } from '@slipway/embedded-eventstore';
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../support/certificates.js';
import { RowsServer } from '../support/rows-server.js';
import { runCli } from '../support/run-cli.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';
import { TlsFront } from '../support/tls-front.js';

const LOGIN = 'slipway:a-password-of-the-event-store';
const NEW_TASK = { task: 'fix it', repoRemote: 'https://git.example.com/acme/shop.git' };

/** PostgreSQL does not run as root, and reads no key that is another's. */
function giveToPostgres(key: string): void {
  if (process.getuid?.() !== 0) return;
  const [, , uid = '65534', gid = '65534'] =
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((line) => line.startsWith('nobody:'))
      ?.split(':') ?? [];
  chownSync(key, Number(uid), Number(gid));
}

describe('stores of its own over TLS, each with a password', () => {
  let folder: string;
  let authority: Authority;
  let stranger: Authority;
  let node: EventStoreNode;
  let front: TlsFront;
  let elsewhere: TlsFront;
  let rows: RowsServer;
  let plainRows: RowsServer;
  let databaseUrl: string;

  const eventsAt = (port: number, tls: string, login = LOGIN) => {
    const query = new URL(node.url.replace(/^esdb/, 'http')).search.replace('?tls=false', `?${tls}`);
    return `esdb://${login}@127.0.0.1:${port}${query}`;
  };
  const believing = (ca: string) => `tls=true&tlsCAFile=${ca}`;
  const rowsWith = (query: string) => `${databaseUrl.split('?')[0]}?${query}`;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-tls-'));
    authority = new Authority();
    stranger = new Authority();
    const own = authority.certify('DNS:localhost,IP:127.0.0.1');
    node = await startEventStore({ dataDir: folder, log: () => undefined });
    front = await TlsFront.before(node.port, LOGIN, own);
    elsewhere = await TlsFront.before(node.port, LOGIN, authority.certify('DNS:events.example'));
    const forRows = authority.certify('DNS:localhost,IP:127.0.0.1');
    giveToPostgres(forRows.key);
    rows = await RowsServer.start({ ssl: 'on', ssl_cert_file: forRows.cert, ssl_key_file: forRows.key });
    plainRows = await RowsServer.start();
    databaseUrl = await rows.createDatabase();
  });
  afterAll(async () => {
    await front?.stop();
    await elsewhere?.stop();
    await Promise.all([node?.stop(), rows?.stop(), plainRows?.stop()]);
    for (const each of [authority, stranger]) each?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are all that it needs: a task runs, everything goes over encrypted connections', async () => {
    const settings = {
      EVENTSTORE_URL: eventsAt(front.port, believing(authority.ca)),
      DATABASE_URL: rowsWith(`sslmode=verify-full&sslrootcert=${authority.ca}`),
    };
    const service = await ServiceProcess.start(settings);
    try {
      const { body } = await service.post('/v1/tasks', NEW_TASK);
      await service.waitForStatus(body.taskId, 'running');
      expect(front.calls.right).toBeGreaterThan(10);
      expect(front.calls.wrong).toBe(0);
      const open = await rows.query<{ application_name: string; ssl: boolean }>(
        databaseUrl,
        `SELECT a.application_name, s.ssl FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid)
         WHERE a.application_name LIKE 'slipway%'`,
      );
      expect(open.length).toBeGreaterThan(2);
      expect(open.filter(({ ssl }) => !ssl)).toEqual([]);
      const shown = await runCli(['streams', 'show', `task-${body.taskId}`], {
        SLIPWAY_DATA_DIR: service.dataDir,
      });
      expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('TaskCreated') });
      expect((await runCli(['projections', 'verify'], { SLIPWAY_DATA_DIR: service.dataDir })).code).toBe(0);
      for (const password of [new URL(databaseUrl).password, LOGIN.split(':')[1]!]) {
        expect(password.length).toBeGreaterThan(10);
        expect(service.log).not.toContain(password);
      }
    } finally {
      await service.dispose();
    }
  });

  it('keep out who has another password, which is told nowhere', async () => {
    const service = await ServiceProcess.unstarted();
    try {
      const over = service.startAndExit({
        EVENTSTORE_URL: eventsAt(front.port, believing(authority.ca), 'slipway:wrong-password'),
        DATABASE_URL: rowsWith(`sslmode=verify-full&sslrootcert=${authority.ca}`),
      });
      await until('the front to refuse it', 30_000, () => front.calls.wrong > 0);
      await service.stop();
      await over;
      expect(service.log).not.toContain('wrong-password');
    } finally {
      await service.dispose();
    }
  });

  const tables: [string, () => Record<string, string>, RegExp][] = [
    [
      'an event store that another authority has certified',
      () => ({ EVENTSTORE_URL: eventsAt(front.port, believing(stranger.ca)) }),
      /EVENTSTORE_URL: 127\.0\.0\.1:\d+ shows a certificate that is not believed.*tlsCAFile/,
    ],
    [
      'an event store that nobody known has certified',
      () => ({ EVENTSTORE_URL: eventsAt(front.port, 'tls=true') }),
      /EVENTSTORE_URL: .*not believed.*tlsCAFile/,
    ],
    [
      'an event store of another name',
      () => ({ EVENTSTORE_URL: eventsAt(elsewhere.port, believing(authority.ca)) }),
      /EVENTSTORE_URL: .*not believed.*ERR_TLS_CERT_ALTNAME_INVALID.*a name that is in it/,
    ],
    [
      'an event store without TLS',
      () => ({ EVENTSTORE_URL: eventsAt(node.port, believing(authority.ca)) }),
      /EVENTSTORE_URL asks 127\.0\.0\.1:\d+ for TLS, and there is none.*tls=false/,
    ],
    [
      'an authority that is no file',
      () => ({ EVENTSTORE_URL: eventsAt(front.port, believing('/nowhere/ca.pem')) }),
      /tlsCAFile \/nowhere\/ca\.pem cannot be read \(ENOENT\)/,
    ],
    [
      'rows that another authority has certified',
      () => ({ DATABASE_URL: rowsWith(`sslmode=verify-full&sslrootcert=${stranger.ca}`) }),
      /DATABASE_URL: the PostgreSQL there shows a certificate that is not believed.*sslrootcert/,
    ],
    [
      'rows that nobody known has certified',
      () => ({ DATABASE_URL: rowsWith('sslmode=verify-full') }),
      /DATABASE_URL: .*not believed.*sslrootcert/,
    ],
    [
      'rows without TLS',
      () => ({ DATABASE_URL: `${plainRows.url}?sslmode=verify-full&sslrootcert=${authority.ca}` }),
      /DATABASE_URL asks for TLS, and the PostgreSQL there offers none.*ssl = on/,
    ],
    [
      'an authority of the rows that is no file',
      () => ({ DATABASE_URL: rowsWith('sslmode=verify-full&sslrootcert=/nowhere/ca.pem') }),
      /DATABASE_URL names a file that cannot be read \(\/nowhere\/ca\.pem; ENOENT\)/,
    ],
  ];
  it.each(tables)('%s: it does not start, and says what to do', async (_, env, message) => {
    const service = await ServiceProcess.unstarted();
    try {
      const { code, output } = await service.startAndExit(env());
      expect(code).toBe(1);
      expect(output).toMatch(message);
      expect(
        output
          .trim()
          .split('\n')
          .filter((line) => line.startsWith('slipway:')),
      ).toHaveLength(1);
      expect(output).not.toContain('    at ');
    } finally {
      await service.dispose();
    }
  });
});
