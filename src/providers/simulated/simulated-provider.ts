import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onAbort, orAborted } from '../../platform/aborts.js';
import { type Clock, systemClock } from '../../platform/clock.js';
import type {
  AgentRef,
  AgentSpec,
  DestroyedSandbox,
  DestroySpec,
  SandboxListing,
  SandboxProvider,
  SandboxRef,
  SandboxSpec,
  SessionRef,
  SessionSpec,
  SetupRun,
  SetupSpec,
} from '../sandbox-provider.js';
import { ProviderError } from '../../events/provider-error.js';
import type { AttachSpec, OpenedSession, SessionChannel } from '../session-channel.js';
import { SimulatedAgent, type SimulatedScript } from './simulated-agent.js';
import { agentsOf, type SimulatedAgents } from './simulated-agents.js';
import { simulatedScript } from './simulated-script.js';
import { type SandboxLine, SandboxLines } from './sandbox-lines.js';
import type { SimulatedFailures, SimulatedStage } from './simulated-failures.js';

export interface SimulatedOptions {
  /** Where the sandboxes are kept: one line each. Made, with its folder, when it is not there. */
  readonly file: string;
  /** How long each execution of a stage takes, in milliseconds. */
  readonly latencyMs?: number;
  /** A file that gets `taskId stage epochMs pid` for every execution of a stage (0 to 3), for tests and benchmarks. */
  readonly ledger?: string;
  readonly failures?: SimulatedFailures;
  /** How long an agent takes to answer a prompt, in milliseconds; 0 by default. */
  readonly answerMs?: number;
  /** What agents do with prompts, in place of the mock agent's directives. */
  readonly script?: SimulatedScript;
  /** The agents' time. */
  readonly clock?: Clock;
  /** `simulated` unless several are wanted. */
  readonly id?: string;
}

/** How often is looked whether agents' sandboxes are still there, in milliseconds. */
const LOOK_MS = 1_000;
/** The stages in the ledger are numbered in their order. */
const LEDGER_STAGE: Partial<Record<SandboxLine['verb'], number>> = {
  named: 0,
  made: 1,
  agent: 2,
  session: 3,
};

/**
 * A provider that only pretends: its sandboxes are lines in a file of its own and its agents answer
 * with a fixed text. It exists for benchmarks and tests, behaves like a real one at the port (find or
 * create, survives kill -9 of the process, may be shared by processes) and fails as it is told to.
 */
export function createSimulatedProvider(options: SimulatedOptions): SandboxProvider {
  return new SimulatedProvider(options);
}

class SimulatedProvider implements SandboxProvider {
  readonly id: string;
  private readonly lines: SandboxLines;
  private readonly latencyMs: number;
  private readonly failures: SimulatedFailures;
  private readonly ledger?: number;
  private readonly memory: SimulatedAgents;
  private readonly script: SimulatedScript;
  private readonly clock: Clock;
  private cancelLook?: () => void;

  constructor(options: SimulatedOptions) {
    this.id = options.id ?? 'simulated';
    this.latencyMs = options.latencyMs ?? 0;
    this.failures = options.failures ?? {};
    this.memory = agentsOf(options.file);
    this.script = options.script ?? simulatedScript(options.answerMs ?? 0);
    this.clock = options.clock ?? systemClock;
    if (options.ledger !== undefined) {
      mkdirSync(dirname(options.ledger), { recursive: true });
      this.ledger = openSync(options.ledger, 'a', 0o600);
    }
    this.lines = new SandboxLines(options.file, (lines) => this.record(lines));
  }

  async nameSandbox(taskId: string, signal: AbortSignal): Promise<void> {
    await this.execute(
      'ensure_name',
      { verb: 'named', taskId },
      signal,
      () => this.lines.find(taskId)?.named,
    );
  }

  async findSandbox(taskId: string, signal: AbortSignal): Promise<SandboxRef | null> {
    signal.throwIfAborted();
    return this.lines.find(taskId)?.made ? { sandboxId: sandboxIdOf(taskId) } : null;
  }

  async createSandbox({ taskId }: SandboxSpec, signal: AbortSignal): Promise<SandboxRef> {
    await this.execute(
      'create_sandbox',
      { verb: 'made', taskId },
      signal,
      () => this.lines.find(taskId)?.made,
    );
    return { sandboxId: sandboxIdOf(taskId) };
  }

  /** A line `exit <n>` among the commands is how it fails. */
  async runSetup({ taskId, commands = '', run }: SetupSpec, signal: AbortSignal): Promise<SetupRun> {
    this.requireSandbox(taskId, signal);
    await this.execute('run_setup', { verb: 'setup', taskId, detail: String(run) }, signal, () =>
      this.lines.find(taskId)?.setups.has(String(run)),
    );
    const code = /^exit ([1-9]\d{0,2})$/m.exec(commands)?.[1];
    const output = `simulated: ${commands}\n`;
    if (code === undefined) return { output };
    throw new ProviderError('setup_failed', `The setup ended with exit code ${code}.`, { output });
  }

  async ensureAgent({ taskId, agentType }: AgentSpec, signal: AbortSignal): Promise<AgentRef> {
    this.requireSandbox(taskId, signal);
    await this.execute('ensure_agent', { verb: 'agent', taskId, detail: agentType }, signal, () =>
      this.lines.find(taskId)?.agents.has(agentType),
    );
    return {};
  }

  async findSession({ taskId, sessionId }: SessionSpec, signal: AbortSignal): Promise<SessionRef | null> {
    signal.throwIfAborted();
    const sandbox = this.lines.find(taskId);
    return sandbox?.running && sandbox.sessions.has(sessionId)
      ? { agentSessionId: `sim-${sessionId}` }
      : null;
  }

  async createSession(spec: SessionSpec, signal: AbortSignal): Promise<SessionRef> {
    this.requireSandbox(spec.taskId, signal);
    await this.execute(
      'create_session',
      { verb: 'session', taskId: spec.taskId, detail: spec.sessionId },
      signal,
      () => this.lines.find(spec.taskId)?.sessions.has(spec.sessionId),
    );
    return { agentSessionId: `sim-${spec.sessionId}` };
  }

  async attachSession(
    spec: AttachSpec,
    { start }: { readonly start: boolean },
    signal: AbortSignal,
  ): Promise<SessionChannel | null> {
    this.requireSandbox(spec.taskId, signal);
    const letGo = await this.memory.hold(spec.sessionId, signal);
    let channel: SessionChannel | null = null;
    try {
      channel = await this.attached(spec, start, signal);
    } finally {
      if (channel) onAbort(signal, letGo);
      else letGo();
    }
    return channel;
  }

  async openedSessions(signal: AbortSignal): Promise<readonly OpenedSession[]> {
    signal.throwIfAborted();
    return [...this.lines.entries()].flatMap(([taskId, { sessions, ended, running }]) =>
      [...sessions, ...(running ? ended : [])].map((sessionId) => ({ taskId, sessionId })),
    );
  }

  /** An agent that nobody has attached to yet is there; later ones end with the process in whose memory they are. */
  private async attached(
    { taskId, sessionId }: AttachSpec,
    start: boolean,
    signal: AbortSignal,
  ): Promise<SessionChannel | null> {
    const live = () => this.lines.find(taskId)?.sessions.has(sessionId) === true;
    const count = () => this.lines.find(taskId)?.attached.get(sessionId) ?? 0;
    let agent = this.memory.agents.get(sessionId);
    let how: SessionChannel['how'] = 'same';
    if (!agent?.isAlive) {
      if ((count() > 0 || !live()) && !start) return null;
      if (count() > 0 || !live()) how = 'load';
      await this.lines.append({ verb: 'attached', taskId, detail: sessionId });
      agent = new SimulatedAgent(this.script, this.clock, live);
      this.memory.agents.set(sessionId, agent);
    }
    this.lookLater();
    return agent.channel(`sim-${sessionId}-${count()}`, `sim-${sessionId}`, how, signal);
  }

  /** Another process may release a sandbox: then its agent ends, and whoever attends to that is told. */
  private lookLater(): void {
    this.cancelLook ??= this.clock.after(LOOK_MS, () => {
      this.cancelLook = undefined;
      const { agents } = this.memory;
      for (const [sessionId, { isAlive }] of agents) if (!isAlive) agents.delete(sessionId);
      if (agents.size > 0) this.lookLater();
    });
  }

  async releaseSandbox(taskId: string, signal: AbortSignal): Promise<void> {
    await this.execute(
      'release',
      { verb: 'released', taskId },
      signal,
      () => !this.lines.find(taskId)?.running,
    );
  }

  async destroySandbox({ taskId }: DestroySpec, signal: AbortSignal): Promise<DestroyedSandbox> {
    await this.execute('destroy', { verb: 'destroyed', taskId }, signal, () => !this.lines.find(taskId));
    return {};
  }

  async listSandboxes(signal: AbortSignal): Promise<SandboxListing[]> {
    signal.throwIfAborted();
    return [...this.lines.entries()]
      .filter(([, sandbox]) => sandbox.made)
      .map(([taskId, { running }]) => ({ taskId, sandboxId: sandboxIdOf(taskId), complete: true, running }));
  }

  async close(): Promise<void> {
    this.cancelLook?.();
    this.lines.close();
    if (this.ledger !== undefined) closeSync(this.ledger);
  }

  /** Find or create: what is done already costs neither latency nor a ledger line and cannot fail. */
  private async execute(
    stage: SimulatedStage,
    line: SandboxLine,
    signal: AbortSignal,
    done: () => boolean | undefined,
  ): Promise<void> {
    signal.throwIfAborted();
    if (done()) return;
    const failure = this.failures[stage];
    if (failure) {
      if (failure.mode === 'hang') return orAborted(new Promise(() => undefined), signal);
      if (failure.mode === 'late') {
        const work = sleep(failure.delayMs, undefined, { ref: false }).then(() => this.lines.append(line));
        await orAborted(work, signal);
        return;
      }
      await this.failSometimes(stage, line.taskId, failure);
    }
    if (this.latencyMs > 0) {
      await sleep(this.latencyMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
    signal.throwIfAborted();
    await this.lines.append(line);
  }

  private async failSometimes(
    stage: SimulatedStage,
    taskId: string,
    failure: NonNullable<SimulatedFailures[SimulatedStage]>,
  ): Promise<void> {
    const before = this.lines.find(taskId)?.tried.get(stage) ?? 0;
    const fails =
      failure.mode === 'refuse' ||
      (failure.mode === 'fail' && before < failure.attempts) ||
      (failure.mode === 'rate' && chance(failure.seed, taskId, stage, before) < failure.probability);
    // The attempt is counted in the file, so that a restart does not begin to count again.
    if (failure.mode !== 'refuse') await this.lines.append({ verb: 'tried', taskId, detail: stage });
    if (!fails) return;
    throw new ProviderError('simulated_failure', `Simulated failure of ${stage} (attempt ${before + 1}).`, {
      retryable: failure.mode !== 'refuse',
    });
  }

  private requireSandbox(taskId: string, signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.lines.find(taskId)?.made) return;
    throw new ProviderError('sandbox_missing', `Task ${taskId} has no simulated sandbox.`, {
      retryable: false,
    });
  }

  private record(lines: readonly SandboxLine[]): void {
    if (this.ledger === undefined) return;
    const now = Date.now();
    const text = lines
      .filter(({ verb }) => LEDGER_STAGE[verb] !== undefined)
      .map(({ verb, taskId }) => `${taskId} ${LEDGER_STAGE[verb]} ${now} ${process.pid}\n`)
      .join('');
    if (text !== '') writeSync(this.ledger, text);
  }
}

function sandboxIdOf(taskId: string): string {
  return `sim-${taskId}`;
}

/** A number in [0, 1) that depends on nothing but its arguments. */
function chance(seed: number, taskId: string, stage: string, attempt: number): number {
  const digest = createHash('sha256').update(`${seed} ${taskId} ${stage} ${attempt}`).digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}
