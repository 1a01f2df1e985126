import { onAbort, orAborted } from '../../platform/aborts.js';
import type { Clock } from '../../platform/clock.js';
import { ProviderError } from '../../events/provider-error.js';
import type { AgentEvent, PermissionOption, SessionChannel, SessionChoices } from '../session-channel.js';

type Told = AgentEvent extends infer E ? (E extends AgentEvent ? Omit<E, 'cursor'> : never) : never;
type TurnEnd = Omit<Extract<AgentEvent, { type: 'turn_ended' }>, 'cursor' | 'type' | 'promptId'>;

/** What a simulated agent does with a prompt; the directives of `simulated-script.ts` unless a test says otherwise. */
export type SimulatedScript = (text: string, turn: SimulatedTurn) => Promise<void>;

/** The agent's side of one prompt. What waits rejects when the turn is cancelled. */
export interface SimulatedTurn {
  tell(event: Told): void;
  sleep(ms: number): Promise<void>;
  /** @returns the option that was chosen */
  ask(title: string, more?: { toolCallId?: string; isEdit?: boolean }): Promise<string>;
  /** Ends the turn. */
  end(end: TurnEnd): never;
  /** Ends the agent. */
  exit(reason: string): never;
  readonly modeId: string;
}

const OPTIONS: readonly PermissionOption[] = [
  { optionId: 'allow', name: 'Allow once', kind: 'allow_once' },
  { optionId: 'always', name: 'Allow always', kind: 'allow_always' },
  { optionId: 'reject', name: 'Reject', kind: 'reject_once' },
];
const MODES = [
  { id: 'ask', name: 'Ask' },
  { id: 'auto', name: 'Auto' },
];
const MODELS = [
  { id: 'sim-small', name: 'Small' },
  { id: 'sim-large', name: 'Large' },
];
/** As many events as it keeps for whoever reads later. */
const MOST_KEPT = 20_000;

class Ended extends Error {
  constructor(readonly end: TurnEnd) {
    super('the turn has ended');
  }
}

/** An agent that only pretends, in this process's memory: it ends with it. */
export class SimulatedAgent {
  private readonly script: SimulatedScript;
  private readonly clock: Clock;
  private readonly lives: () => boolean;
  private readonly events: AgentEvent[] = [];
  private readonly asked = new Map<string, (optionId: string | null) => void>();
  private readonly prompts = new Set<string>();
  private dropped = 0;
  private questions = 0;
  private turn?: AbortController;
  private queue: Promise<void> = Promise.resolve();
  private readonly waiting = new Set<() => void>();
  private choices: SessionChoices = { modes: MODES, modeId: 'ask', models: MODELS, model: 'sim-small' };
  private hasExited = false;

  /** @param lives whether its sandbox still runs */
  constructor(script: SimulatedScript, clock: Clock, lives: () => boolean) {
    this.script = script;
    this.clock = clock;
    this.lives = lives;
    this.tell({ type: 'choices', choices: this.choices });
  }

  get isAlive(): boolean {
    if (!this.hasExited && !this.lives()) this.exit('The sandbox was released.');
    return !this.hasExited;
  }

  channel(
    instance: string,
    agentSessionId: string,
    how: SessionChannel['how'],
    detached: AbortSignal,
  ): SessionChannel {
    const set = async (
      signal: AbortSignal,
      list: readonly { id: string }[],
      part: Partial<SessionChoices>,
    ) => {
      this.require(signal);
      const [value] = Object.values(part);
      if (!list.some(({ id }) => id === value))
        throw new ProviderError('agent_refused', `The agent has no "${String(value)}".`);
      this.choices = { ...this.choices, ...part };
      this.tell({ type: 'choices', choices: part });
    };
    return {
      instance,
      agentSessionId,
      how,
      ...(how !== 'same' && { choices: this.choices }),
      prompt: async (promptId, text, signal) => this.prompt(promptId, text, signal),
      cancel: async () => this.turn?.abort(new Ended({ stopReason: 'cancelled' })),
      answer: async (requestId, optionId) => this.asked.get(requestId)?.(optionId),
      setMode: (modeId, signal) => set(signal, MODES, { modeId }),
      setModel: (model, signal) => set(signal, MODELS, { model }),
      end: async () => this.exit('The agent was ended.'),
      events: (after, signal) => this.read(after, AbortSignal.any([signal, detached])),
    };
  }

  exit(reason: string): void {
    if (this.hasExited) return;
    this.tell({ type: 'exited', reason });
    this.hasExited = true;
    this.turn?.abort(new Ended({ stopReason: 'cancelled' }));
  }

  private prompt(promptId: string, text: string, signal: AbortSignal): void {
    this.require(signal);
    if (this.prompts.has(promptId)) throw new Error(`The prompt ${promptId} was handed over before.`);
    this.prompts.add(promptId);
    this.queue = this.queue.then(() => this.work(promptId, text));
  }

  private async work(promptId: string, text: string): Promise<void> {
    const over = (this.turn = new AbortController());
    let end: TurnEnd = { stopReason: 'end_turn' };
    try {
      await this.script(text, this.turnOf(over));
      over.signal.throwIfAborted();
    } catch (error) {
      end =
        error instanceof Ended ? error.end : { stopReason: 'failed', failure: { message: String(error) } };
    }
    this.turn = undefined;
    this.tell({ type: 'turn_ended', promptId, ...end });
  }

  private turnOf({ signal }: AbortController): SimulatedTurn {
    return {
      modeId: this.choices.modeId ?? 'ask',
      tell: (event) => signal.aborted || this.tell(event),
      sleep: async (ms) => {
        await this.clock.sleep(ms, signal);
        signal.throwIfAborted();
      },
      ask: async (title, { toolCallId, isEdit = false } = {}) => {
        signal.throwIfAborted();
        const requestId = String(this.questions++);
        const answer = new Promise<string | null>((resolve) => this.asked.set(requestId, resolve));
        this.tell({ type: 'permission', requestId, toolCallId, title, options: OPTIONS, isEdit });
        const optionId = await orAborted(answer, signal).finally(() => this.asked.delete(requestId));
        if (optionId === null) throw new Ended({ stopReason: 'cancelled' });
        return optionId;
      },
      end: (end) => {
        throw new Ended(end);
      },
      exit: (reason) => {
        this.exit(reason);
        throw signal.reason;
      },
    };
  }

  private tell(event: Told): void {
    if (this.hasExited) return;
    this.events.push({ ...event, cursor: this.dropped + this.events.length + 1 } as AgentEvent);
    if (this.events.length > MOST_KEPT) this.dropped += this.events.splice(0, MOST_KEPT / 2).length;
    for (const wake of [...this.waiting]) wake();
  }

  private async *read(after: number, over: AbortSignal): AsyncGenerator<AgentEvent> {
    let last = after;
    while (!over.aborted) {
      if (last < this.dropped) {
        yield { type: 'gap', missing: this.dropped - last, cursor: this.dropped };
        last = Math.max(last, this.dropped);
        continue;
      }
      const event = this.events[last - this.dropped];
      if (event) {
        last = event.cursor;
        yield event;
        if (event.type === 'exited') return;
      } else await this.news(over);
    }
  }

  /** Resolves when it has done something more, or the signal aborts. */
  private news(over: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (over.aborted) return resolve();
      const wake = () => {
        this.waiting.delete(wake);
        unlisten();
        resolve();
      };
      const unlisten = onAbort(over, wake);
      this.waiting.add(wake);
    });
  }

  private require(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (!this.isAlive) throw new ProviderError('agent_died', 'The simulated agent has ended.');
  }
}
