import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { parseStat, type ProcessStat } from '@slipway/process-lock';
import { ProviderError } from '../../events/provider-error.js';
import { MOST_SETUP_OUTPUT } from '../../events/task/task-events.js';
import { pause } from '../../platform/clock.js';
import { appendPlain, emptyBeyond, exists, readEnd, readPlain } from '../../platform/plain-files.js';
import type { SetupRun, SetupSpec } from '../sandbox-provider.js';
import { namespaceCommand } from './agent-namespace.js';
import { makeHome } from './agent-servers.js';
import { agentHome, type LaunchOptions, makeAtHome, viewOf } from './launch-server.js';
import { isSandboxProcess, killSandbox, markerOf } from './process-tree.js';
import type { SandboxFiles } from './sandbox-files.js';
import { commandOf, knownSetup, noteSetup, outputText, toldSetup } from './setup-record.js';
import { NOT_ARRIVED, RUN_IN_CHECKOUT, TAKE_VARIABLES, variableLines } from './sandbox-variables.js';
import { tempOf } from './temp-folders.js';
import type { Fitting } from './fitting.js';

const LOOK_MS = 50;
const LARGEST_LOG = 8 << 20;
/** Of the log so much is read: characters may take four bytes. */
const READ_BYTES = MOST_SETUP_OUTPUT * 4;

/** In the environment of the setup's first process: which try it is. */
const RUN = 'SLIPWAY_SETUP_RUN';

/**
 * The shell notes which process it is, waits for the setup and notes its exit code: also when we do not live to see it.
 * It is outside of what the setup sees. A setup that never began, since its variables did not arrive, has no exit code.
 */
const NOTE_RUN_AND_TELL = [
  'pid=$1 code=$2',
  'shift 2',
  'cat "/proc/$$/stat" > "$pid.new" && mv "$pid.new" "$pid" && "$@"',
  'ended=$?',
  `[ "$ended" = ${NOT_ARRIVED} ] || { echo "$ended $${RUN}" > "$code.new" && mv "$code.new" "$code"; }`,
].join('\n');

/** With a PID namespace all that the setup leaves running ends with this shell. */
const IN_CHECKOUT = [TAKE_VARIABLES, RUN_IN_CHECKOUT].join('\n');

/** Runs the setup of a sandbox, seen and shielded as its agent will be. One call a task at a time. */
export class SetupRunner {
  constructor(private readonly launch: Pick<LaunchOptions, 'isolation' | 'hidden' | 'env'>) {}

  /**
   * Runs it unless it has ended; one that an earlier process left running is waited for.
   * @throws ProviderError `setup_failed`, or the signal's reason; then nothing of it runs
   */
  async run(files: SandboxFiles, spec: SetupSpec, fitting: Fitting, signal: AbortSignal): Promise<SetupRun> {
    const known = await knownSetup(files, spec.run);
    if (known) return toldSetup(known);
    const leader = await leaderOf(files);
    const variables = { HOME: files.home, [RUN]: String(spec.run) };
    const isLeft = leader !== undefined && (await isSandboxProcess(files.taskId, leader, variables));
    try {
      // Its exit code may have been noted after its caller's end.
      const isOver =
        isLeft || (await codeOf(files, spec.run)) !== undefined
          ? async () => leader === undefined || !(await isSandboxProcess(files.taskId, leader, variables))
          : await this.start(files, spec, fitting, signal);
      while (!(await isOver())) {
        await pause(LOOK_MS, signal);
        signal.throwIfAborted();
        await emptyBeyond(files.setupLog, LARGEST_LOG);
      }
      const code = await codeOf(files, spec.run);
      const output = await outputOf(files);
      if (code === undefined)
        throw new ProviderError('setup_failed', 'The setup was ended from outside.', { output });
      const ended = { run: spec.run, code, output };
      await noteSetup(files, ended);
      await this.end(files);
      return toldSetup(ended);
    } catch (error) {
      await this.end(files);
      const { reason } = signal as { reason: unknown };
      if (signal.aborted && reason instanceof ProviderError) reason.output = await outputOf(files);
      throw error;
    }
  }

  /** Starts it after ending whatever is left of an earlier one; tells whether it has ended. */
  private async start(
    files: SandboxFiles,
    spec: SetupSpec,
    fitting: Fitting,
    signal: AbortSignal,
  ): Promise<() => Promise<boolean>> {
    const { isolation, hidden, env } = this.launch;
    const { readable, variables } = fitting;
    const given = variableLines(await variables());
    await killSandbox(files.taskId, await leaderOf(files), signal);
    for (const file of [files.setupPid, files.setupCode]) await rm(file, { force: true });
    await makeHome(files);
    await makeAtHome(files, this.launch, signal);
    const log = await appendPlain(files.setupLog);
    try {
      await log.truncate();
      const temp = tempOf(hidden.temp, files.taskId);
      const view = viewOf(files, { isolation, hidden }, readable);
      const run = ['/bin/sh', '-c', IN_CHECKOUT, 'slipway-setup', ...commandOf(spec)];
      const command = [files.setupPid, files.setupCode, ...namespaceCommand(isolation, view), ...run];
      const child = spawn('/bin/sh', ['-c', NOTE_RUN_AND_TELL, 'slipway', ...command], {
        cwd: files.root,
        env: {
          ...env,
          ...agentHome(files, temp),
          ...markerOf(files.taskId),
          [RUN]: String(spec.run),
        },
        detached: true,
        stdio: ['pipe', log.fd, log.fd],
      });
      child.stdin?.on('error', () => undefined).end(given);
      let ended = false;
      child.on('exit', () => (ended = true)).on('error', () => (ended = true));
      child.unref();
      return () => Promise.resolve(ended);
    } finally {
      await log.close();
    }
  }

  /** Also when the caller has given up. */
  private async end(files: SandboxFiles): Promise<void> {
    await killSandbox(files.taskId, await leaderOf(files), new AbortController().signal);
  }
}

async function leaderOf(files: SandboxFiles): Promise<ProcessStat | undefined> {
  return parseStat(((await readPlain(files.setupPid, 4096)) ?? '').toString('latin1'));
}

/** The exit code of this try; undefined as long as none is noted. */
async function codeOf(files: SandboxFiles, run: number): Promise<number | undefined> {
  const text = ((await readPlain(files.setupCode, 64)) ?? '').toString('latin1');
  const [, code, of] = /^(\d{1,3}) (\d{1,9})\n$/.exec(text) ?? [];
  return code !== undefined && Number(of) === run ? Number(code) : undefined;
}

/** The end of what a setup has put out so far; null where none was begun. */
export async function setupOutput(files: SandboxFiles): Promise<string | null> {
  return (await exists(files.setupLog)) ? outputOf(files) : null;
}

/** The end of what it put out. */
async function outputOf(files: SandboxFiles): Promise<string> {
  return outputText(await readEnd(files.setupLog, READ_BYTES));
}
