import { spawn } from 'node:child_process';
import { accessSync, chmodSync, constants } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ProviderError } from '../../events/provider-error.js';
import type { Fitting } from './fitting.js';
import { type AgentView, type Isolation, namespaceCommand } from './agent-namespace.js';
import type { LocalLog } from './local-log.js';
import { appendPlain } from '../../platform/plain-files.js';
import { markerOf } from './process-tree.js';
import type { SandboxFiles } from './sandbox-files.js';
import { giveFolder } from './give-folder.js';
import { ourUser, type SandboxUser, sandboxUser } from './sandbox-user.js';
import { TAKE_VARIABLES, variableLines } from './sandbox-variables.js';
import { makeTemp, tempOf } from './temp-folders.js';

export interface LaunchOptions {
  readonly isolation: Isolation;
  /** What of our folders is hidden from agents, where their view is put together, and where agents are installed. */
  readonly hidden: Pick<AgentView, 'stage' | 'data' | 'temp' | 'runnable'>;
  /** Our variables that agents get beside PATH, HOME, LANG and the like. */
  readonly env: Readonly<Record<string, string>>;
  /** How long a server may take until it is healthy, in milliseconds. */
  readonly startMs: number;
  readonly log?: LocalLog;
}

/** The shell notes which process it is, then becomes the command: the note does not depend on us living on. */
const NOTE_AND_EXEC = 'cat "/proc/$$/stat" > "$1.new" && mv "$1.new" "$1" && shift && exec "$@"';

/**
 * The token comes on standard input, so that of all processes only the server has it among its
 * arguments. In a PID namespace a shell stays as its first process, since that one inherits every orphan
 * and the agent server would leave them as zombies.
 */
const TAKE_TOKEN = `IFS= read -r slipway_token && [ -n "$slipway_token" ] || exit 1\n${TAKE_VARIABLES}`;
const RUN = `${TAKE_TOKEN}\nexec "$@" --token "$slipway_token" </dev/null`;
const RUN_AS_INIT = `${TAKE_TOKEN}\nexec </dev/null; "$@" --token "$slipway_token" & unset slipway_token; wait "$!"`;

/**
 * Starts the agent server's process, which notes down who it is and goes on without us.
 * @param fitting the folders of our data that the agent may read beside its sandbox, and its variables
 * @returns a function that tells whether the process that we started has ended
 */
export async function spawnServer(
  files: SandboxFiles,
  { port, token }: { readonly port: number; readonly token: string },
  { isolation, hidden, env }: LaunchOptions,
  { readable, variables }: Fitting,
): Promise<() => boolean> {
  const given = variableLines(await variables());
  const server = [serverBinary(), 'server', '--host', '127.0.0.1', '--port', String(port), '--no-telemetry'];
  const log = await appendPlain(files.log);
  try {
    await log.truncate();
    const temp = tempOf(hidden.temp, files.taskId);
    const view = viewOf(files, { isolation, hidden }, readable);
    const run = ['/bin/sh', '-c', isolation === 'none' ? RUN : RUN_AS_INIT, 'slipway-init', ...server];
    const command = [files.pid, ...namespaceCommand(isolation, view), ...run];
    const child = spawn('/bin/sh', ['-c', NOTE_AND_EXEC, 'slipway', ...command], {
      cwd: files.root,
      env: { ...env, ...agentHome(files, temp), ...markerOf(files.taskId) },
      detached: true,
      stdio: ['pipe', log.fd, log.fd],
    });
    // Should it end before it has read the token, it is its end that tells.
    child.stdin?.on('error', () => undefined).end(`${token}\n${given}`);
    let ended = false;
    child.on('exit', () => (ended = true)).on('error', () => (ended = true));
    child.unref();
    return () => ended;
  } finally {
    await log.close();
  }
}

/** Who the programs of a sandbox run as. */
export const userOf = (isolation: Isolation, taskId: string): SandboxUser =>
  isolation === 'user' ? sandboxUser(taskId) : ourUser();

/**
 * Makes the folder of its temporary files, and has its folders belong to whom its programs run as: it may have been made when that
 * was somebody else.
 */
export async function makeAtHome(
  files: SandboxFiles,
  { isolation, hidden }: Pick<LaunchOptions, 'isolation' | 'hidden'>,
  signal: AbortSignal,
): Promise<void> {
  const { taskId, root } = files;
  const user = userOf(isolation, taskId);
  await makeTemp(hidden.temp, taskId);
  for (const folder of [root, tempOf(hidden.temp, taskId)])
    if ((await lstat(folder)).uid !== user.uid) await giveFolder(folder, taskId, user, signal);
}

/** What a sandbox's programs see. */
export function viewOf(
  files: SandboxFiles,
  { isolation, hidden }: Pick<LaunchOptions, 'isolation' | 'hidden'>,
  readable: readonly string[],
): AgentView {
  const temp = tempOf(hidden.temp, files.taskId);
  const user = userOf(isolation, files.taskId);
  return { ...hidden, cwd: files.root, writable: [files.root, temp], readable, user };
}

/** What tells a sandbox's programs where they are at home. */
export function agentHome(files: SandboxFiles, temp: string): Record<string, string> {
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

/** The program itself: its npm launcher would be one more process that does not pass on signals. */
export function serverBinary(): string {
  const cli = createRequire(import.meta.url).resolve('@sandbox-agent/cli/package.json');
  try {
    const platform = `@sandbox-agent/cli-${process.platform}-${process.arch}/package.json`;
    const binary = join(dirname(createRequire(cli).resolve(platform)), 'bin', 'sandbox-agent');
    makeRunnable(binary);
    return binary;
  } catch (error) {
    throw new ProviderError(
      'agent_server_missing',
      `There is no runnable sandbox-agent for ${process.platform}-${process.arch}. Install Slipway again (npm ci), or run: chmod +x node_modules/@sandbox-agent/*/bin/sandbox-agent`,
      { retryable: false, cause: error },
    );
  }
}

/** Its package does so in an install script, which npm need not run. @throws the system's error */
function makeRunnable(binary: string): void {
  try {
    accessSync(binary, constants.X_OK);
  } catch {
    chmodSync(binary, 0o755);
    accessSync(binary, constants.X_OK);
  }
}
