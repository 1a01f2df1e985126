import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface EventStoreOptions {
  /** Where the events are kept; created if missing. Not needed with `inMemory`. */
  dataDir?: string;
  /** TCP port; 0 or absent for a free one. */
  port?: number;
  /** Address to listen on; 127.0.0.1 unless given. Nothing is encrypted, the key of the directory neither. */
  host?: string;
  /** Keep nothing: the data goes away with the node. */
  inMemory?: boolean;
  /** Gets what the node has to say, line by line; standard error unless given. */
  log?: (line: string) => void;
  /** How long `stop` waits for an orderly end before it kills the node, in milliseconds; 5,000 unless given. */
  exitTimeoutMs?: number;
}

export interface EventStoreNode {
  /** Connection string for the client, with the key that it has to show: who has it has the events. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the node's process has ended, for whatever reason. */
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  /** Ends all calls with UNAVAILABLE, closes the file and the process. */
  stop(): Promise<void>;
}

/** The node ended before it served. The message says where, and why in the node's own words. */
export class EventStoreStartError extends Error {
  override readonly name = 'EventStoreStartError';
}

const BIN = fileURLToPath(new URL('../bin/embedded-eventstore.js', import.meta.url));

/**
 * Starts a node as a child process (the client's generated code and the node's must not meet in one) and resolves
 * when it serves. The node ends with this process, however that ends. Rejects with the node's own words when it
 * cannot start, such as "… is in use by process 42".
 */
export async function startEventStore(options: EventStoreOptions): Promise<EventStoreNode> {
  const { dataDir, port = 0, host = '127.0.0.1', inMemory = false, exitTimeoutMs = 5_000 } = options;
  const log = options.log ?? ((line: string) => process.stderr.write(`${line}\n`));
  if (!inMemory && dataDir === undefined)
    throw new Error('Say where to keep the events (dataDir), or inMemory: true.');
  const storage = inMemory ? ['--mem'] : [`--data=${dataDir}`];
  const child = spawn(
    process.execPath,
    [BIN, ...storage, `--port=${port}`, `--host=${host}`, '--exit-with-stdin'],
    // Standard input carries nothing: that it ends when we do, is what the child lives by.
    // A process group of its own: Ctrl-C in a terminal goes to us, and we stop it when nobody needs it any more.
    // Nothing of our environment, which may hold secrets.
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      env: { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot },
    },
  );
  child.stdin.on('error', () => undefined);
  const complaints: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (complaints.push(line) > 20) complaints.shift();
    log(line);
  });
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    createInterface({ input: child.stdout }).once('line', resolve);
    void exited.then(({ code, signal }) =>
      reject(
        new EventStoreStartError(
          complaints.join('\n') || `The event store ended before it served (${signal ?? code}).`,
        ),
      ),
    );
  });
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid!,
    exited,
    stop: async () => {
      child.stdin.end();
      const impatient = setTimeout(() => child.kill('SIGKILL'), exitTimeoutMs);
      await exited;
      clearTimeout(impatient);
    },
  };
}
