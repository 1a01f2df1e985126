import type { SetupRun, SetupSpec } from '../sandbox-provider.js';
import { ProviderError } from '../../events/provider-error.js';
import { type LogPage, noLog } from '../../platform/sandbox-log.js';
import { makeHome } from '../local/agent-servers.js';
import { bytesAtHand, readPage } from '../local/log-pages.js';
import type { SandboxFiles } from '../local/sandbox-files.js';
import type { HostedSandbox } from '../local/sandbox-host.js';
import { NOT_ARRIVED, variableLines } from '../local/sandbox-variables.js';
import {
  commandOf,
  knownSetup,
  lastOutput,
  noteSetup,
  outputText,
  toldSetup,
} from '../local/setup-record.js';
import { type ContainerPlan, LABEL } from './container-body.js';
import type { Containers } from './containers.js';
import { runCommand } from './sandbox-scripts.js';

/**
 * Runs setups, each in a container of its own, whose end ends all that it started; the engine remembers how it ended and what it
 * put out, also when we do not live to see it. One call a task at a time.
 */
export class SetupContainers {
  constructor(
    private readonly containers: Containers,
    private readonly plan: (
      sandbox: HostedSandbox,
    ) => Omit<ContainerPlan, 'name' | 'labels' | 'command' | 'env'>,
  ) {}

  /**
   * Runs it unless it has ended; one that an earlier process left running is waited for.
   * @throws ProviderError `setup_failed`, or the signal's reason; then nothing of it runs
   */
  async run(sandbox: HostedSandbox, spec: SetupSpec, signal: AbortSignal): Promise<SetupRun> {
    const { files } = sandbox;
    const { taskId } = files;
    const known = await knownSetup(files, spec.run);
    if (known) return toldSetup(known);
    try {
      const id = (await this.begun(taskId, spec, signal)) ?? (await this.start(sandbox, spec, signal));
      const ended = await this.containers.ended(id, signal);
      const output = outputText(await this.containers.output(id, signal));
      // What never began, since its variables did not arrive, has no outcome.
      if (ended === null || ended.State.ExitCode === NOT_ARRIVED)
        throw new ProviderError('setup_failed', 'The setup was ended from outside.', { output });
      const setup = { run: spec.run, code: ended.State.ExitCode, output };
      await noteSetup(files, setup);
      await this.end(taskId);
      return toldSetup(setup);
    } catch (error) {
      const { reason } = signal as { reason: unknown };
      if (signal.aborted && reason instanceof ProviderError) reason.output = await this.outputSoFar(taskId);
      await this.end(taskId);
      throw error;
    }
  }

  /** The end of what the setup that runs has put out, or the one that ran last; null where none was begun. */
  async output(files: SandboxFiles, signal: AbortSignal): Promise<string | null> {
    const found = await this.containers.find(files.taskId, 'setup', signal);
    if (found === null) return lastOutput(files);
    return outputText(await this.containers.output(found.Id, signal));
  }

  /** As `SandboxHost.readLog`, of the setup that runs, or of what is kept of the one that ran last. */
  async readLog(files: SandboxFiles, after: bigint, signal: AbortSignal): Promise<LogPage> {
    const found = await this.containers.find(files.taskId, 'setup', signal);
    if (found !== null) {
      const output = await this.containers.output(found.Id, signal);
      return readPage(bytesAtHand(output, !found.State.Running), 'setup', after);
    }
    const last = await lastOutput(files);
    return last === null ? noLog(after) : readPage(bytesAtHand(Buffer.from(last), true), 'setup', after);
  }

  /** That of this try, if it was begun: one that was only made is not, nor one whose variables did not arrive. */
  private async begun(taskId: string, { run }: SetupSpec, signal: AbortSignal): Promise<string | undefined> {
    const found = await this.containers.find(taskId, 'setup', signal);
    if (found?.Config.Labels[LABEL.run] !== String(run)) return undefined;
    const { Status, Running, ExitCode } = found.State;
    return Status === 'created' || (!Running && ExitCode === NOT_ARRIVED) ? undefined : found.Id;
  }

  private async start(sandbox: HostedSandbox, spec: SetupSpec, signal: AbortSignal): Promise<string> {
    const { files, workspaceId } = sandbox;
    await this.containers.remove(files.taskId, 'setup', signal);
    await makeHome(files);
    const plan = this.plan(sandbox);
    const started = await this.containers.start(
      files.taskId,
      'setup',
      {
        ...plan,
        env: {},
        input: variableLines(await sandbox.variables()),
        command: runCommand(plan.hasWayOut, commandOf(spec)),
        labels: {
          [LABEL.run]: String(spec.run),
          ...(workspaceId !== undefined && { [LABEL.workspace]: workspaceId }),
        },
      },
      signal,
    );
    return started.Id;
  }

  private async outputSoFar(taskId: string): Promise<string> {
    const signal = new AbortController().signal;
    const found = await this.containers.find(taskId, 'setup', signal).catch(() => null);
    return found === null ? '' : outputText(await this.containers.output(found.Id, signal));
  }

  /** Also when the caller has given up. */
  private async end(taskId: string): Promise<void> {
    await this.containers.remove(taskId, 'setup', new AbortController().signal);
  }
}
