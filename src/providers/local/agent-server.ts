import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type, type Static } from '@sinclair/typebox';
import { parseStat, type ProcessStat } from '@slipway/process-lock';
import { ProviderError } from '../../events/provider-error.js';
import { AgentApi } from './agent-api.js';
import { onPort } from './agent-request.js';
import { coverToken } from './agent-token.js';
import { type LaunchOptions, makeAtHome, spawnServer } from './launch-server.js';
import type { LocalLog } from './local-log.js';
import { emptyBeyond, folderBelow, readPlain } from '../../platform/plain-files.js';
import { isSandboxProcess, killSandbox } from './process-tree.js';
import { makeFolders, readRecord, type SandboxFiles, writeRecord } from './sandbox-files.js';
import type { AgentServer } from './sandbox-host.js';
import type { Fitting } from './fitting.js';

/** Written before the server is started, so that whatever runs can be reached by whoever comes after us. */
const Runtime = Type.Object({
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  token: Type.String({ minLength: 32 }),
  /** Another one for each start: sessions belong to a start. */
  launchId: Type.String({ minLength: 1, maxLength: 64 }),
});
type Runtime = Static<typeof Runtime>;

const Health = Type.Object({ status: Type.String() });
/** Of servers that end at once; one that runs and is not healthy is waited for. */
const LAUNCHES = 4;
const LARGEST_LOG = 1 << 20;

/** The server left running by us or by an earlier Slipway, if it still answers; else null. */
export async function adoptServer(
  files: SandboxFiles,
  signal: AbortSignal,
  log?: LocalLog,
): Promise<AgentServer | null> {
  const runtime = await running(files);
  if (runtime === null) return null;
  // A busy machine may make a healthy server slow, and giving it up ends its sessions: ask patiently.
  for (const timeoutMs of [500, 2_000, 5_000]) {
    const server = serverOf(runtime);
    if (await isHealthy(server, signal, timeoutMs)) {
      await coverToken(files, runtime, log);
      return server;
    }
    if ((await running(files))?.launchId !== runtime.launchId) return null;
  }
  return null;
}

/** The server whose process runs, without asking it: it may be too busy to answer just now. */
export async function runningServer(files: SandboxFiles): Promise<AgentServer | null> {
  const runtime = await running(files);
  return runtime && serverOf(runtime);
}

async function running(files: SandboxFiles): Promise<Runtime | null> {
  const runtime = await readRecord(files.runtime, Runtime);
  const leader = await readLeader(files);
  if (!runtime || !leader) return null;
  // A server that was started before the data directory was moved still works in the old place.
  return (await isSandboxProcess(files.taskId, leader, { HOME: files.home })) ? runtime : null;
}

/** Whether the server's process runs, without asking it. */
export async function isServerRunning(files: SandboxFiles): Promise<boolean> {
  const leader = await readLeader(files);
  return leader !== undefined && isSandboxProcess(files.taskId, leader);
}

/**
 * Starts a server after ending whatever is left of an earlier one, and waits until it is healthy.
 * @throws ProviderError, or the signal's reason; then nothing runs
 */
export async function startServer(
  files: SandboxFiles,
  options: LaunchOptions,
  fitting: Fitting,
  signal: AbortSignal,
): Promise<AgentServer> {
  const deadline = performance.now() + options.startMs;
  await makeFolders(files.sessions);
  await makeAtHome(files, options, signal);
  for (const folder of ['home', 'data']) await folderBelow(files.root, folder);
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
      const exited = await spawnServer(files, runtime, options, fitting);
      if (await becomesHealthy(server, exited, deadline, signal)) {
        await coverToken(files, runtime, options.log);
        return server;
      }
      if (!exited()) break;
      // It ended at once: mostly because another process took the port in between. Try another.
    } catch (error) {
      await stopServer(files, new AbortController().signal);
      throw error;
    }
  }
  const isSlow = performance.now() >= deadline;
  await stopServer(files, signal);
  const output = ((await readPlain(files.log, LARGEST_LOG)) ?? '').toString().trim().slice(-300);
  const what = isSlow
    ? `The agent server was not ready within ${options.startMs / 1_000} s.`
    : 'The agent server does not start.';
  throw new ProviderError('agent_server_failed', `${what} ${output}`.trim(), {
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

async function readLeader(files: SandboxFiles): Promise<ProcessStat | undefined> {
  return parseStat(((await readPlain(files.pid, 4096)) ?? '').toString('latin1'));
}

function serverOf({ port, token, launchId }: Runtime): AgentServer {
  return { launchId, endpoint: `http://127.0.0.1:${port}`, api: new AgentApi(onPort(port, token)) };
}

async function becomesHealthy(
  server: AgentServer,
  exited: () => boolean,
  deadline: number,
  signal: AbortSignal,
): Promise<boolean> {
  while (performance.now() < deadline && !exited()) {
    if (await isHealthy(server, signal, 2_000)) return !exited();
    await sleep(10);
  }
  return false;
}

/** Whether a server answers, and says that it is well. */
export async function isHealthy(
  { api }: AgentServer,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<boolean> {
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
