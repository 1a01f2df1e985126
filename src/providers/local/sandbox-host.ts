import type { ProcessStat } from '@slipway/process-lock';
import type { Duplex } from 'node:stream';
import type { LogPage, LogSource } from '../../platform/sandbox-log.js';
import type { SetupRun, SetupSpec } from '../sandbox-provider.js';
import type { AgentApi } from './agent-api.js';
import type { SandboxFiles } from './sandbox-files.js';
import type { Fitting } from './fitting.js';

/** A running agent server. */
export interface AgentServer {
  /** Another one for each start: sessions belong to a start. */
  readonly launchId: string;
  /** Where it answers over HTTP; absent where only we reach it. */
  readonly endpoint?: string;
  readonly api: AgentApi;
}

/** The processes of one sandbox, by their numbers here. */
export interface SandboxProcesses {
  /** None where they cannot be told apart from others. */
  pids(): Promise<readonly number[]>;
  /** Whether this very process still runs and is one of them. */
  has(identity: ProcessStat): Promise<boolean>;
}

/** A sandbox, and whose it is. */
export interface HostedSandbox extends Fitting {
  readonly files: SandboxFiles;
  readonly workspaceId?: string;
}

/**
 * Where the processes of sandboxes run whose checkouts lie on this machine. Everything may be asked for twice, and again after
 * a kill; one call a task at a time, but for those that only look.
 */
export interface SandboxHost {
  /** What of its sandboxes' isolation does not hold on this machine, a sentence each; their tasks tell it. */
  readonly notices?: readonly string[];

  /** The checkout's path as the sandbox's programs see it. */
  checkoutSeen(files: SandboxFiles): string;

  processes(taskId: string): SandboxProcesses;

  /** The sandbox's server if it runs and answers, be it left by an earlier Slipway. */
  adopt(files: SandboxFiles, signal: AbortSignal): Promise<AgentServer | null>;

  /** The server that runs, without asking it: it may be too busy to answer just now. */
  running(files: SandboxFiles): Promise<AgentServer | null>;

  /** The sandbox's server, adopted or started, with the agent type installed. @throws ProviderError */
  ensure(sandbox: HostedSandbox, agentType: string, signal: AbortSignal): Promise<AgentServer>;

  /** As `SandboxProvider.runSetup`. */
  runSetup(sandbox: HostedSandbox, spec: SetupSpec, signal: AbortSignal): Promise<SetupRun>;

  /** As `SandboxProvider.setupOutput`. */
  setupOutput(files: SandboxFiles, signal: AbortSignal): Promise<string | null>;

  /** As `SandboxProvider.readLog`. */
  readLog(files: SandboxFiles, source: LogSource, after: bigint, signal: AbortSignal): Promise<LogPage>;

  /** As `SandboxProvider.openPort`, of a sandbox that runs. @throws ProviderError `no_ports` where its ports are the machine's */
  openPort(files: SandboxFiles, port: number, signal: AbortSignal): Promise<Duplex>;

  /** Gives a new folder, and what is in it, to whom the sandbox's programs run as. */
  handOver(folder: string, taskId: string, signal: AbortSignal): Promise<void>;

  /** Ends every process of the sandbox. Harmless when none runs. */
  stop(files: SandboxFiles, signal: AbortSignal): Promise<void>;

  /** Removes what it keeps of a stopped sandbox beside the sandbox's files. Harmless when there is nothing. */
  remove(files: SandboxFiles, signal: AbortSignal): Promise<void>;

  /** Every sandbox of which it has anything, and whether it runs. */
  list(signal: AbortSignal): Promise<ReadonlyMap<string, boolean>>;

  /** Lets go of connections and timers. Sandboxes go on without us. */
  close(): Promise<void>;
}
