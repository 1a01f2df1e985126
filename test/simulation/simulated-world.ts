import { orAborted } from '../../src/platform/aborts.js';
import type { FailureCode } from '../../src/events/failure-codes.js';
import type {
  AgentSpec,
  DestroySpec,
  SandboxListing,
  SandboxProvider,
  SandboxSpec,
  SessionSpec,
  SetupSpec,
} from '../../src/providers/sandbox-provider.js';
import { ProviderError } from '../../src/events/provider-error.js';
import type { Stage } from '../../src/events/task/vocabulary.js';
import type { VirtualClock } from '../support/virtual-clock.js';
import type { Host } from './host.js';
import type { SimulatedStore } from './simulated-store.js';
import type { Weather } from './weather.js';

export interface SimulatedSandbox {
  running: boolean;
  setUp: boolean;
  readonly agents: Set<string>;
  readonly sessions: Set<string>;
}

/** An effect that the world has seen; what was found done already is none. */
export interface LedgerLine {
  readonly taskId: string;
  readonly what: string;
  /** How many events were stored by then. */
  readonly stored: number;
}

/** Told of every call before it begins: by whom, which stage's, for which task. */
export type Watch = (host: Host, stage: Stage, taskId: string) => void;

/**
 * What all processes share behind the provider's port: sandboxes that outlive whoever made them, and a
 * ledger of every effect. It keeps the port's contract (find or create, keyed by ids) as badly as is allowed.
 */
export class SimulatedWorld {
  readonly sandboxes = new Map<string, SimulatedSandbox>();
  readonly ledger: LedgerLine[] = [];
  /** What ends the process that does it, before it has any effect: told of each call as it begins. */
  ends: (host: Host, stage: Stage, taskId: string) => boolean = () => false;
  /** What the repository has: also a name that Slipway would choose. */
  private readonly branches: ReadonlySet<string>;

  constructor(
    private readonly clock: VirtualClock,
    private readonly weather: Weather,
    private readonly store: SimulatedStore,
    private readonly watch: Watch,
    private readonly onEffect: (line: LedgerLine) => void,
  ) {
    this.branches = new Set(weather.chance(0.5) ? ['fix-the-login', 'fix-the-login-2', 'topic/one/a'] : []);
  }

  /** The provider as a process has it. */
  seenBy(host: Host, id: string): SandboxProvider {
    const call = <T>(stage: Stage, taskId: string, signal: AbortSignal, effect: () => T): Promise<T> =>
      host.sees(this.carryOut(host, stage, taskId, signal, effect));
    const look = <T>(signal: AbortSignal, answer: () => T): Promise<T> =>
      host.sees(this.travel(signal).then(answer));
    return {
      id,
      nameSandbox: (taskId, signal) => call('ensure_name', taskId, signal, () => undefined),
      findSandbox: (taskId, signal) =>
        look(signal, () => (this.sandboxes.has(taskId) ? sandboxRef(taskId) : null)),
      createSandbox: (spec: SandboxSpec, signal) =>
        call('create_sandbox', spec.taskId, signal, () => this.create(spec)),
      runSetup: (spec: SetupSpec, signal) => call('run_setup', spec.taskId, signal, () => this.setUp(spec)),
      ensureAgent: (spec: AgentSpec, signal) =>
        call('ensure_agent', spec.taskId, signal, () => this.startAgent(spec)),
      findSession: ({ taskId, sessionId }: SessionSpec, signal) =>
        look(signal, () =>
          this.sandboxes.get(taskId)?.sessions.has(sessionId) ? sessionRef(sessionId) : null,
        ),
      createSession: (spec: SessionSpec, signal) =>
        call('create_session', spec.taskId, signal, () => this.openSession(spec)),
      attachSession: () => Promise.resolve(null),
      openedSessions: () => Promise.resolve([]),
      releaseSandbox: (taskId, signal) => call('release_sandbox', taskId, signal, () => this.release(taskId)),
      destroySandbox: ({ taskId }: DestroySpec, signal) =>
        call('destroy_sandbox', taskId, signal, () => {
          this.destroy(taskId);
          return {};
        }),
      listSandboxes: (signal) => look(signal, () => this.list()),
      close: () => Promise.resolve(),
    };
  }

  list(): SandboxListing[] {
    return [...this.sandboxes].map(([taskId, { running }]) => ({
      ...sandboxRef(taskId),
      taskId,
      complete: true,
      running,
    }));
  }

  destroy(taskId: string): void {
    if (this.sandboxes.delete(taskId)) this.record(taskId, 'destroyed');
  }

  private create({ taskId, branchName }: SandboxSpec) {
    if (this.branches.has(branchName))
      throw new ProviderError('branch_taken', `The repository has a branch "${branchName}" already.`);
    if (!this.sandboxes.has(taskId)) {
      this.sandboxes.set(taskId, { running: false, setUp: false, agents: new Set(), sessions: new Set() });
      this.record(taskId, 'sandbox');
    }
    return sandboxRef(taskId);
  }

  private setUp({ taskId }: SetupSpec) {
    const sandbox = this.require(taskId);
    if (!sandbox.setUp) this.record(taskId, 'setup');
    sandbox.setUp = true;
    return { output: 'set up\n' };
  }

  private startAgent({ taskId, agentType }: AgentSpec) {
    const sandbox = this.require(taskId);
    if (!sandbox.agents.has(agentType)) this.record(taskId, `agent ${agentType}`);
    sandbox.agents.add(agentType);
    sandbox.running = true;
    return {};
  }

  private openSession({ taskId, agentType, sessionId }: SessionSpec) {
    const sandbox = this.require(taskId);
    if (!sandbox.agents.has(agentType)) throw missing('agent_missing', taskId);
    if (!sandbox.sessions.has(sessionId)) this.record(taskId, `session ${sessionId}`);
    sandbox.sessions.add(sessionId);
    return sessionRef(sessionId);
  }

  private release(taskId: string): void {
    const sandbox = this.sandboxes.get(taskId);
    if (!sandbox?.running) return;
    sandbox.running = false;
    sandbox.agents.clear();
    sandbox.sessions.clear();
    this.record(taskId, 'released');
  }

  private require(taskId: string): SimulatedSandbox {
    const sandbox = this.sandboxes.get(taskId);
    if (sandbox === undefined) throw missing('sandbox_missing', taskId);
    return sandbox;
  }

  private record(taskId: string, what: string): void {
    const line = { taskId, what, stored: this.store.log.length };
    this.ledger.push(line);
    this.onEffect(line);
  }

  /** One call with all that may happen to it; the effect happens in one moment, or not at all. */
  private async carryOut<T>(
    host: Host,
    stage: Stage,
    taskId: string,
    signal: AbortSignal,
    effect: () => T,
  ): Promise<T> {
    const { weather, clock } = this;
    signal.throwIfAborted();
    this.watch(host, stage, taskId);
    if (this.ends(host, stage, taskId)) return new Promise<never>(() => {});
    // The work of a child process dies (and freezes) with its parent, that of a remote provider goes on.
    const isOurs = weather.chance(0.5);
    const work = async (): Promise<T> => {
      if (isOurs) await host.running();
      return effect();
    };
    if (weather.strikes('deaf')) return new Promise<never>(() => {});
    if (weather.strikes('hang')) return orAborted(new Promise<never>(() => {}), signal);
    if (weather.strikes('late')) {
      return orAborted(clock.sleep(weather.between(1_000, 30_000)).then(work), signal);
    }
    await this.travel(signal);
    if (weather.strikes('fail'))
      throw new ProviderError('simulated_failure', 'Not this time.', { retryable: true });
    if (weather.strikes('refuse'))
      throw new ProviderError('simulated_failure', 'Never.', { retryable: false });
    if (weather.strikes('bug')) throw new TypeError('undefined is not a function');
    const result = await work();
    await this.travel(signal);
    if (weather.strikes('failAfter'))
      throw new ProviderError('agent_unreachable', 'The answer is lost.', { retryable: true });
    return result;
  }

  private async travel(signal: AbortSignal): Promise<void> {
    if (this.weather.chance(0.7)) await this.clock.sleep(this.weather.between(1, 100), signal);
    signal.throwIfAborted();
  }
}

const sandboxRef = (taskId: string) => ({ sandboxId: `box-${taskId}` });
const sessionRef = (sessionId: string) => ({ agentSessionId: `agent-${sessionId}` });
const missing = (code: FailureCode, taskId: string) =>
  new ProviderError(code, `Task ${taskId} has no such thing.`, { retryable: true });
