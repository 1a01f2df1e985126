import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { acquireDirectoryLock } from '@slipway/process-lock';
import { runNode } from './node.js';
import { accessKeyOf, newAccessKey } from './process/access-key.js';
import { closeToOthers, makeOnlyForUs } from './process/private-directory.js';

/** Old garbage is collected when the heap has grown by so much, rather than by a multiple. */
setFlagsFromString('--heap-growing-percent=80');

const HELP = `embedded-eventstore: a single node that speaks the EventStoreDB gRPC protocol. For development and tests.

  --data <directory>   where the events are kept (created if missing)
  --mem                keep nothing: the data goes away with the process
  --port <number>      TCP port; 0 for a free one (default 2113)
  --host <address>     address to listen on (default 127.0.0.1; nothing is encrypted)
  --exit-with-stdin    end when standard input ends, for use as a child process
  --help               this text

It prints its address when it serves: esdb://<host>:<port>?tls=false&connectionName=<key>
The key is that of the data directory (access.key in it); callers who do not show it are refused.
`;

/** A predecessor that was told to stop, or whose parent was killed, gets this long to let go of the directory. */
const LOCK_WAIT_MS = 3_000;

class UsageError extends Error {}

function readArguments() {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      mem: { type: 'boolean' },
      port: { type: 'string', default: '2113' },
      host: { type: 'string', default: '127.0.0.1' },
      'exit-with-stdin': { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535)
    throw new UsageError(`--port ${values.port} is no TCP port.`);
  if (!values.help && !values.mem === !values.data)
    throw new UsageError('Give either --data <directory> or --mem.');
  return { ...values, port };
}

async function main(): Promise<void> {
  const { data, port, host, help, 'exit-with-stdin': exitWithStdin } = readArguments();
  if (help) return void process.stdout.write(HELP);
  directory = data;
  // First of all: a parent that dies while we start must not leave us behind.
  if (exitWithStdin)
    process.stdin
      .on('end', () => shutDown())
      .on('error', () => shutDown())
      .resume();
  makeOnlyForUs();
  const lock = data === undefined ? undefined : await acquireDirectoryLock(data, { waitMs: LOCK_WAIT_MS });
  // First the key: once everything is closed to others it cannot be told any more whether they have seen it.
  const key = data === undefined ? newAccessKey() : accessKeyOf(data);
  for (const complaint of data === undefined ? [] : closeToOthers(data))
    process.stderr.write(`${complaint}\n`);
  const node = await runNode({ directory: data, host, port, key });
  close = async () => {
    await node.close();
    lock?.release();
  };
  const authority = `${host.includes(':') ? `[${host}]` : host}:${node.port}`;
  process.stdout.write(`esdb://${authority}?tls=false&connectionName=${key.text}\n`);
}

let directory: string | undefined;
let close: () => Promise<void> = async () => undefined;
let closing = false;

function shutDown(): void {
  if (closing) return;
  closing = true;
  close().then(
    () => process.exit(0),
    (error: unknown) => fail(error),
  );
}

function fail(error: unknown): never {
  // The file's library gives the system's number where Node gives its name.
  const { code, syscall } = error as { code?: string | number; syscall?: string };
  const usage = error instanceof UsageError || String(code).startsWith('ERR_PARSE_ARGS');
  const ofTheDisk = !usage && (typeof code === 'number' || (syscall !== undefined && syscall !== 'listen'));
  const reason = error instanceof Error ? error.message : String(error);
  const message = ofTheDisk
    ? `The events cannot be kept in ${directory ?? 'memory'}: ${reason}. Make room or give this user the rights, or choose another directory.`
    : reason;
  process.stderr.write(`${message}${usage ? ' See --help.' : ''}\n`);
  process.exit(usage ? 2 : 1);
}

process.on('SIGTERM', shutDown).on('SIGINT', shutDown);
// The parent may be gone and with it the reader of what we print.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
main().catch(fail);
