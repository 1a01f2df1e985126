import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from './binaries.js';
import type { DataDirectory } from './data-directory.js';
import { dataPath } from './data-path.js';
import { lastWords, PostgresStartError } from './errors.js';
import type { ServerAccount } from './server-account.js';
import { serverArguments } from './server-settings.js';
import { supervise, type Supervised } from './supervised.js';

/** Milliseconds for the server to be ready; replaying the log after a crash is part of it. */
const READY_WITHIN = 120_000;
/** A port that is free when looked for may be taken when used. */
const PORT_ATTEMPTS = 5;

export interface ServerOptions {
  /** Default or 0: any free port. */
  readonly port?: number;
  readonly settings?: Readonly<Record<string, string>>;
}

/** A server that is ready, not yet asked for a connection. */
export interface Launched {
  readonly supervised: Supervised;
  readonly port: number;
  readonly pid: number;
}

/**
 * Runs the server on a finished cluster and waits until it is ready.
 * @throws {PostgresStartError} `failed` with the server's last words.
 */
export async function launch(
  directory: DataDirectory,
  binaries: Binaries,
  account: ServerAccount | undefined,
  { port: wantedPort, settings }: ServerOptions,
): Promise<Launched> {
  const { cwd, argument } = dataPath(directory.pgdata, account);
  for (let attempt = 1; ; attempt++) {
    const port = wantedPort || (await freePort());
    const supervised = supervise({
      command: join(binaries.root, 'bin', 'postgres'),
      args: serverArguments(argument, port, settings),
      cwd,
      ...account,
      group: false,
      logFile: directory.logFile,
      // SIGINT lets go of clients and writes everything out; SIGQUIT leaves that to the log, replayed at the next start.
      onStop: [
        { signal: 'SIGINT', after: 0 },
        { signal: 'SIGQUIT', after: 10_000 },
        { signal: 'SIGKILL', after: 20_000 },
      ],
      onOrphaned: [
        { signal: 'SIGINT', after: 0 },
        { signal: 'SIGQUIT', after: 500 },
        { signal: 'SIGKILL', after: 6_000 },
      ],
    });
    const pid = await supervised.started;
    const failure = await readiness(directory, supervised, pid);
    if (failure === undefined) return { supervised, port, pid };
    const taken = failure.includes('Address already in use');
    if (taken && !wantedPort && attempt < PORT_ATTEMPTS) continue;
    throw new PostgresStartError(
      'failed',
      taken
        ? `Port ${port} on 127.0.0.1 is taken: choose another or none.`
        : `PostgreSQL did not start: ${lastWords(failure)}. The rest is in ${directory.logFile}.`,
    );
  }
}

/** Waits for the server to write that it is ready (last line of `postmaster.pid`). @returns why it did not, if so. */
async function readiness(
  directory: DataDirectory,
  supervised: Supervised,
  pid: number,
): Promise<string | undefined> {
  let failure: string | undefined;
  void supervised.exited.then(
    ({ code, signal, output }) => (failure = `It ended with ${code ?? signal}.\n${output}`),
  );
  const deadline = performance.now() + READY_WITHIN;
  while (failure === undefined) {
    if (saysReady(directory.postmasterPid, pid)) return undefined;
    if (performance.now() > deadline) {
      supervised.stop();
      await supervised.exited;
      return `It was not ready within ${READY_WITHIN / 1000} s.\n${failure ?? ''}`;
    }
    await delay(5);
  }
  return failure;
}

function saysReady(file: string, pid: number): boolean {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
  } catch {
    return false; // Not written yet.
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
