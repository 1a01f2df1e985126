import { readFile } from 'node:fs/promises';
import { connect as connectTls } from 'node:tls';
import pg from 'pg';
import type { Settings } from '../platform/settings/settings.js';
import { StartError } from './start-error.js';

const LIMIT_MS = 2_000;

/** What somebody at the other end is refused for, whatever else may come of a connection. */
const UNTRUSTED =
  /^(ERR_TLS_CERT_|CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/;

/**
 * Tries stores over TLS before anything is begun: one that shows no certificate that can be believed does not come to do so
 * by waiting. Stores that are merely away are waited for, as ever. Throws StartError.
 */
export async function assertStoresTrusted({
  eventStoreUrl,
  databaseUrl,
}: Pick<Settings, 'eventStoreUrl' | 'databaseUrl'>): Promise<void> {
  await Promise.all([
    eventStoreUrl === undefined ? undefined : assertEventsTrusted(eventStoreUrl),
    databaseUrl === undefined ? undefined : assertRowsTrusted(databaseUrl),
  ]);
}

async function assertRowsTrusted(connectionString: string): Promise<void> {
  const client = newClient(connectionString);
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (message === 'The server does not support SSL connections')
      throw new StartError(
        'DATABASE_URL asks for TLS, and the PostgreSQL there offers none: set ssl = on there, or leave sslmode out of the address where the way to it is your own.',
        { cause: error },
      );
    if (UNTRUSTED.test(code ?? ''))
      throw new StartError(
        `DATABASE_URL: the PostgreSQL there shows a certificate that is not believed (${message}; ${code}): name the file of the authority that has made it (sslmode=verify-full&sslrootcert=/path/to/ca.pem), and the server by a name that is in it.`,
        { cause: error },
      );
  } finally {
    await client.end().catch(() => undefined);
  }
}

function newClient(connectionString: string): pg.Client {
  try {
    return new pg.Client({ connectionString, connectionTimeoutMillis: LIMIT_MS });
  } catch (cause) {
    const { code, path } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    throw new StartError(
      `DATABASE_URL names a file that cannot be read (${path ?? 'sslrootcert'}; ${code}): name one that this user may read.`,
      { cause },
    );
  }
}

async function assertEventsTrusted(url: string): Promise<void> {
  // As the client reads it; a list of hosts is no address that URL takes.
  const [, authority = '', query = ''] = /^[a-z+]+:\/\/(?:[^@/?]*@)?([^/?]*)\/?(?:\?(.*))?$/i.exec(url) ?? [];
  const options = new Map(
    [...new URLSearchParams(query)].map(([name, value]) => [name.toLowerCase(), value] as const),
  );
  if (options.get('tls') === 'false') return;
  const ca = options.get('tlscafile');
  const authorities = ca === undefined ? undefined : await readAuthority(ca);
  await Promise.all(authority.split(',').map((host) => assertHostTrusted(host, authorities)));
}

async function readAuthority(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new StartError(
      `EVENTSTORE_URL: tlsCAFile ${file} cannot be read (${code}): name a file that this user may read.`,
      { cause },
    );
  }
}

function assertHostTrusted(authority: string, ca: Buffer | undefined): Promise<void> {
  const { hostname, port } = new URL(`tcp://${authority}`);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host, port: Number(port || 2_113), ca, ALPNProtocols: ['h2'] });
    const done = () => {
      socket.destroy();
      resolve();
    };
    socket.setTimeout(LIMIT_MS, done);
    socket.once('secureConnect', done);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.destroy();
      if (error.code === 'ERR_SSL_WRONG_VERSION_NUMBER' || error.code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
        reject(
          new StartError(
            `EVENTSTORE_URL asks ${authority} for TLS, and there is none: name the port that offers it, or write tls=false where the way to it is your own.`,
            { cause: error },
          ),
        );
      else if (UNTRUSTED.test(error.code ?? ''))
        reject(
          new StartError(
            `EVENTSTORE_URL: ${authority} shows a certificate that is not believed (${error.message}; ${error.code}): name the file of the authority that has made it (tls=true&tlsCAFile=/path/to/ca.crt), and the server by a name that is in it.`,
            { cause: error },
          ),
        );
      else resolve();
    });
  });
}
