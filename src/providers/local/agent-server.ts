import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type, type Static } from '@sinclair/typebox';
import { ProviderError } from '../sandbox-provider.js';
import { AgentApi } from './agent-api.js';
import { type AgentView, type Isolation, namespaceCommand } from './agent-namespace.js';
import { hideToken } from './agent-token.js';
import type { LocalLog } from './local-log.js';
import { emptyBeyond, folderBelow, readPlain } from './plain-files.js';
import { isSandboxProcess, killSandbox, markerOf, parseStat, type ProcessIdentity } from './process-tree.js';
import { makeFolders, readRecord, type SandboxFiles, writeRecord } from './sandbox-files.js';
import { makeTemp, tempOf } from './temp-folders.js';

/** Written before the server is started, so that whatever runs can be reached by whoever comes after us. */
const Runtime = Type.Object({
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  token: Type.String({ minLength: 32 }),
  /** Another one for each start: sessions belong to a start. */
  launchId: Type.String({ minLength: 1, maxLength: 64 }),
});
type Runtime = Static<typeof Runtime>;

/** A running, healthy agent server. */
export interface AgentServer {
  readonly launchId: string;
  readonly endpoint: string;
  readonly api: AgentApi;
}

export interface LaunchOptions {
  readonly isolation: Isolation;
  /** What of our folders is hidden from agents, and where their view is put together. */
  readonly hidden: Pick<AgentView, 'stage' | 'data' | 'temp'>;
  /** Our variables that agents get beside PATH, HOME, LANG and the like. */
  readonly env: Readonly<Record<string, string>>;
  readonly log?: LocalLog;
}

const Health = Type.Object({ status: Type.String() });
const START_MS = 20_000;
const LAUNCHES = 4;
const LARGEST_LOG = 1 << 20;

/** The shell notes which process it is, then becomes the command: the note does not depend on us living on. */
const NOTE_AND_EXEC = 'cat "/proc/$$/stat" > "$1.new" && mv "$1.new" "$1" && shift && exec "$@"';

/**
 * The token comes on standard input, so that of all processes only the server has it among its
 * arguments. In a PID namespace a shell stays as its first process, since that one inherits every orphan
 * and the agent server would leave them as zombies.
 */
const TAKE_TOKEN = 'IFS= read -r token && [ -n "$token" ] || exit 1';
const RUN = `${TAKE_TOKEN}; exec "$@" --token "$token" </dev/null`;
const RUN_AS_INIT = `${TAKE_TOKEN}; exec </dev/null; "$@" --token "$token" & unset token; wait "$!"`;

/** The server left running by us or by an earlier Slipway, if it still answers; else null. */
export async function adoptServer(files: SandboxFiles, signal: AbortSignal): Promise<AgentServer | null> {
  const runtime = await readRecord(files.runtime, Runtime);
  const leader = await readLeader(files);
  // A server that was started before the data directory was moved still works in the old place.
  const isOurs = async () => leader !== null && isSandboxProcess(files.taskId, leader, { HOME: files.home });
  if (!runtime || !(await isOurs())) return null;
  // A busy machine may make a healthy server slow, and giving it up ends its sessions: ask patiently.
  for (const timeoutMs of [500, 2_000, 5_000]) {
    const server = serverOf(runtime);
    if (await isHealthy(server, signal, timeoutMs)) return server;
    if (!(await isOurs())) return null;
  }
  return null;
}

/** Whether the server's process runs, without asking it. */
export async function isServerRunning(files: SandboxFiles): Promise<boolean> {
  const leader = await readLeader(files);
  return leader !== null && isSandboxProcess(files.taskId, leader);
}

/**
 * Starts a server after ending whatever is left of an earlier one, and waits until it is healthy.
 * @param readable folders of our data that the agent may read beside its sandbox
 * @throws ProviderError, or the signal's reason; then nothing runs
 */
export async function startServer(
  files: SandboxFiles,
  options: LaunchOptions,
  readable: readonly string[],
  signal: AbortSignal,
): Promise<AgentServer> {
  await makeFolders(files.sessions);
  for (const folder of ['home', 'data']) await folderBelow(files.root, folder);
  await makeTemp(options.hidden.temp, files.taskId);
  for (let launch = 1; launch <= LAUNCHES; launch++) {
    await stopServer(files, signal);
    const runtime: Runtime = {
      port: await freePort(),
      token: randomBytes(32).toString('base64url'),
      launchId: randomBytes(8).toString('hex'),
    };
    await writeRecord(files.runtime, runtime);
    const server = serverOf(runtime);
    try {
      const exited = await spawnServer(files, runtime, options, readable);
      if (await becomesHealthy(server, exited, signal)) {
        await coverToken(files, runtime, options.log);
        return server;
      }
      // It ended at once: mostly because another process took the port in between. Try another.
    } catch (error) {
      await stopServer(files, new AbortController().signal);
      throw error;
    }
  }
  await stopServer(files, signal);
  const output = ((await readPlain(files.log, LARGEST_LOG)) ?? '').toString().trim().slice(-300);
  throw new ProviderError('agent_server_failed', `The agent server does not start. ${output}`.trim(), {
    retryable: true,
  });
}

/** Ends the server and every process of the sandbox. Harmless when none runs. */
export async function stopServer(files: SandboxFiles, signal: AbortSignal): Promise<void> {
  await killSandbox(files.taskId, await readLeader(files), signal);
  await rm(files.pid, { force: true });
}

/** Empties the server's outputs once they are large; it goes on writing at their beginning. */
export async function capOutput(files: SandboxFiles): Promise<void> {
  await emptyBeyond(files.log, LARGEST_LOG);
}

async function readLeader(files: SandboxFiles): Promise<ProcessIdentity | null> {
  return parseStat(((await readPlain(files.pid, 4096)) ?? '').toString('latin1'));
}

/** Loud where it does not work: whoever reads the token has a shell in the sandbox. */
async function coverToken(files: SandboxFiles, { token }: Runtime, log?: LocalLog): Promise<void> {
  if (await hideToken(files.taskId, token)) return;
  log?.warn(
    { taskId: files.taskId },
    "other users of this machine can read the agent server's token with ps, and have a shell in the sandbox then",
  );
}

function serverOf({ port, token, launchId }: Runtime): AgentServer {
  return { launchId, endpoint: `http://127.0.0.1:${port}`, api: new AgentApi({ port, token }) };
}

/** @returns a function that tells whether the process that we started has ended */
async function spawnServer(
  files: SandboxFiles,
  { port, token }: Runtime,
  { isolation, hidden, env }: LaunchOptions,
  readable: readonly string[],
): Promise<() => boolean> {
  const server = [serverBinary(), 'server', '--host', '127.0.0.1', '--port', String(port), '--no-telemetry'];
  // Appending, so that the file can be emptied under it.
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const log = await open(files.log, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    await log.truncate();
    const temp = tempOf(hidden.temp, files.taskId);
    const view = { ...hidden, cwd: files.root, writable: [files.root, temp], readable };
    const run = ['/bin/sh', '-c', isolation === 'none' ? RUN : RUN_AS_INIT, 'slipway-init', ...server];
    const command = [files.pid, ...namespaceCommand(isolation, view), ...run];
    const child = spawn('/bin/sh', ['-c', NOTE_AND_EXEC, 'slipway', ...command], {
      cwd: files.root,
      env: { ...env, ...agentHome(files, temp), ...markerOf(files.taskId) },
      detached: true,
      stdio: ['pipe', log.fd, log.fd],
    });
    // Should it end before it has read the token, it is its end that tells.
    child.stdin?.on('error', () => undefined).end(`${token}\n`);
    let ended = false;
    child.on('exit', () => (ended = true)).on('error', () => (ended = true));
    child.unref();
    return () => ended;
  } finally {
    await log.close();
  }
}

function agentHome(files: SandboxFiles, temp: string): Record<string, string> {
  return {
    HOME: files.home,
    XDG_DATA_HOME: files.data,
    TMPDIR: temp,
    // Our data may lie in somebody's repository, which git must not find from any folder of the sandbox.
    GIT_CEILING_DIRECTORIES: [files.root, dirname(files.root), dirname(temp), dirname(dirname(temp))].join(
      ':',
    ),
    // Into the one file whose size we watch, and without a line for each request.
    SANDBOX_AGENT_LOG_STDOUT: '1',
    SANDBOX_AGENT_LOG_HTTP: '0',
  };
}

async function becomesHealthy(
  server: AgentServer,
  exited: () => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline && !exited()) {
    if (await isHealthy(server, signal, 2_000)) return !exited();
    await sleep(10);
  }
  return false;
}

async function isHealthy({ api }: AgentServer, signal: AbortSignal, timeoutMs: number): Promise<boolean> {
  try {
    const health = await api.call({ method: 'GET', path: '/v1/health', schema: Health, signal, timeoutMs });
    return health.status === 'ok';
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** The program itself: its npm launcher would be one more process that does not pass on signals. */
export function serverBinary(): string {
  const cli = createRequire(import.meta.url).resolve('@sandbox-agent/cli/package.json');
  try {
    const platform = `@sandbox-agent/cli-${process.platform}-${process.arch}/package.json`;
    const binary = join(dirname(createRequire(cli).resolve(platform)), 'bin', 'sandbox-agent');
    accessSync(binary, constants.X_OK);
    return binary;
  } catch (error) {
    throw new ProviderError(
      'agent_server_missing',
      `There is no runnable sandbox-agent for ${process.platform}-${process.arch}. Run npm ci again.`,
      { retryable: false, cause: error },
    );
  }
}
