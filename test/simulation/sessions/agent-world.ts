import { onAbort, orAborted } from '../../../src/platform/aborts.js';
import { ProviderError } from '../../../src/events/provider-error.js';
import type { SandboxProvider } from '../../../src/providers/sandbox-provider.js';
import type { AgentEvent, AttachSpec, SessionChannel } from '../../../src/providers/session-channel.js';
import type { VirtualClock } from '../../support/virtual-clock.js';
import type { Host } from '../host.js';
import type { Weather } from '../weather.js';
import { AgentProcess } from './agent-process.js';

const LOOK_MS = 250;

interface Opened {
  readonly taskId: string;
  readonly sessionId: string;
  /** Whether its agents can take a session up. */
  readonly loads: boolean;
  readonly processes: AgentProcess[];
}

/** The agents of all sessions, behind the port, and the network to them: as bad as the port allows. */
export class AgentWorld {
  readonly sessions = new Map<string, Opened>();
  readonly violations: string[] = [];
  private readonly holders = new Map<string, symbol>();

  constructor(
    private readonly clock: VirtualClock,
    private readonly weather: Weather,
    private readonly note: (text: string) => void,
  ) {}

  /** What the stage create_session has done. */
  open(taskId: string, sessionId: string): void {
    const opened = { taskId, sessionId, loads: this.weather.chance(0.7), processes: [] };
    this.sessions.set(sessionId, opened);
    this.start(opened);
  }

  /** The agent process of a session that was started last. */
  latest(sessionId: string): AgentProcess {
    return this.sessions.get(sessionId)!.processes.at(-1)!;
  }

  /** The provider as a process has it. */
  seenBy(host: Host): SandboxProvider {
    const notSimulated = () => Promise.reject(new Error('A session has no need of this'));
    return {
      id: 'simulated',
      attachSession: (spec, options, signal) => host.sees(this.attach(host, spec, options.start, signal)),
      openedSessions: (signal) =>
        host.sees(
          this.travel(signal).then(() =>
            [...this.sessions.values()].map(({ taskId, sessionId }) => ({ taskId, sessionId })),
          ),
        ),
      findSandbox: notSimulated,
      createSandbox: notSimulated,
      ensureAgent: notSimulated,
      findSession: notSimulated,
      createSession: notSimulated,
      releaseSandbox: () => Promise.resolve(),
      destroySandbox: notSimulated,
      listSandboxes: notSimulated,
      close: () => Promise.resolve(),
    };
  }

  private start(opened: Opened): AgentProcess {
    const { sessionId, processes } = opened;
    const instance = `${sessionId.slice(0, 8)}-${processes.length + 1}`;
    const process = new AgentProcess(instance, sessionId, this.clock, this.weather, this.note);
    processes.push(process);
    return process;
  }

  private async attach(
    host: Host,
    spec: AttachSpec,
    start: boolean,
    signal: AbortSignal,
  ): Promise<SessionChannel | null> {
    const letGo = await this.hold(host, spec.sessionId, signal);
    let channel: SessionChannel | null = null;
    try {
      await this.trouble(signal);
      const opened = this.sessions.get(spec.sessionId)!;
      let process = opened.processes.at(-1)!;
      let how: SessionChannel['how'] = 'same';
      if (process.hasExited) {
        if (!start) return null;
        how = opened.loads ? 'load' : 'anew';
        if (how === 'anew') await spec.recap();
        process = this.start(opened);
        if (this.weather.strikes('failAfter')) throw unreachable();
      }
      channel = this.channel(host, process, how, signal);
    } finally {
      if (channel) onAbort(signal, letGo);
      else letGo();
    }
    return channel;
  }

  /** One process at a time: the next waits until that one lets go or is dead. */
  private async hold(host: Host, sessionId: string, signal: AbortSignal): Promise<() => void> {
    for (;;) {
      signal.throwIfAborted();
      if (!this.holders.has(sessionId)) {
        const me = Symbol(host.name);
        this.holders.set(sessionId, me);
        this.note(`${host.name} attaches to ${sessionId.slice(0, 8)}`);
        const letGo = () => {
          if (this.holders.get(sessionId) !== me) return;
          this.holders.delete(sessionId);
          this.note(`${host.name} lets go of ${sessionId.slice(0, 8)}`);
        };
        void host.death.then(() => this.clock.sleep(this.weather.between(0, 1_000))).then(letGo);
        return letGo;
      }
      await this.clock.sleep(LOOK_MS, signal);
    }
  }

  private channel(
    host: Host,
    process: AgentProcess,
    how: SessionChannel['how'],
    detached: AbortSignal,
  ): SessionChannel {
    const call = (signal: AbortSignal, what: () => void) =>
      host.sees(this.carryOut(AbortSignal.any([signal, detached]), process, what));
    return {
      instance: process.instance,
      agentSessionId: `agent-${process.sessionId}`,
      how,
      ...(how !== 'same' && { choices: { modes: [], models: [] } }),
      prompt: (wireId, text, signal) => call(signal, () => this.deliver(process, wireId, text)),
      cancel: (signal) => call(signal, () => process.cancel()),
      answer: (requestId, optionId, signal) => call(signal, () => process.answer(requestId, optionId)),
      setMode: () => Promise.resolve(),
      setModel: () => Promise.resolve(),
      end: (signal) => call(signal, () => process.exit('The agent was ended.')),
      events: (after, signal) => this.read(host, process, after, AbortSignal.any([signal, detached])),
    };
  }

  private deliver(process: AgentProcess, wireId: string, text: string): void {
    if (process.prompts.some((each) => each.wireId === wireId))
      this.violations.push(`${wireId} was handed to ${process.instance} twice`);
    process.prompt(wireId, text);
  }

  /** What is asked of the agent reaches it once, late, or not at all; and the caller is told, or not. */
  private async carryOut(signal: AbortSignal, process: AgentProcess, what: () => void): Promise<void> {
    const { weather, clock } = this;
    await this.trouble(signal);
    if (process.hasExited) throw new ProviderError('agent_died', 'The agent has ended.');
    if (weather.strikes('hang')) return orAborted(new Promise<never>(() => {}), signal);
    if (weather.strikes('late')) {
      const late = clock.sleep(weather.between(1_000, 20_000)).then(what);
      return orAborted(late, signal);
    }
    what();
    await this.travel(signal);
    if (weather.strikes('failAfter')) throw unreachable();
  }

  private async *read(
    host: Host,
    process: AgentProcess,
    after: number,
    over: AbortSignal,
  ): AsyncGenerator<AgentEvent> {
    let last = after;
    while (!over.aborted) {
      const more = process.more();
      const event = process.after(last);
      if (this.weather.chance(0.05)) await this.travel(over);
      await host.running();
      if (event === undefined) {
        await orAborted(more, over).catch(() => undefined);
        continue;
      }
      last = event.cursor;
      yield event;
      if (event.type === 'exited') return;
    }
  }

  private async trouble(signal: AbortSignal): Promise<void> {
    await this.travel(signal);
    if (this.weather.strikes('fail')) throw unreachable();
    if (this.weather.strikes('bug')) throw new TypeError('undefined is not a function');
  }

  private async travel(signal: AbortSignal): Promise<void> {
    if (this.weather.chance(0.5)) await this.clock.sleep(this.weather.between(1, 100), signal);
    signal.throwIfAborted();
  }
}

const unreachable = () => new ProviderError('agent_unreachable', 'Not this time.', { retryable: true });
