import { orAborted } from '../../../src/platform/aborts.js';
import type { AgentEvent } from '../../../src/providers/session-channel.js';
import type { VirtualClock } from '../../support/virtual-clock.js';
import type { Weather } from '../weather.js';

type Told = AgentEvent extends infer E ? (E extends AgentEvent ? Omit<E, 'cursor'> : never) : never;
type Ask = (title: string) => Promise<string | null>;

/** An agent's server keeps so many of its events. */
const KEPT = 60;
const OPTIONS = [
  { optionId: 'yes', name: 'Yes', kind: 'allow_once' as const },
  { optionId: 'no', name: 'No', kind: 'reject_once' as const },
];
class Over extends Error {}

/** One process of a simulated agent, which outlives whoever speaks to it, and all that reached it. */
export class AgentProcess {
  /** Handed-over prompts by their ids, in their order. */
  readonly prompts: { readonly wireId: string; readonly text: string }[] = [];
  /** What it was answered, by its own ids of questions. */
  readonly answers = new Map<string, (string | null)[]>();
  /** It says `<1>`, `<2>`, … in all its life: so many so far. */
  said = 0;
  hasExited = false;
  /** The prompt that it works on. */
  workingOn: string | null = null;
  dropped = 0;
  readonly events: AgentEvent[] = [];
  /** Questions that it waits for. */
  readonly waiting = new Map<string, (optionId: string | null) => void>();
  private questions = 0;
  private turn?: { readonly over: AbortController; readonly isDeaf: boolean };
  private queue: Promise<void> = Promise.resolve();
  private listeners: (() => void)[] = [];

  constructor(
    readonly instance: string,
    readonly sessionId: string,
    private readonly clock: VirtualClock,
    private readonly weather: Weather,
    private readonly note: (text: string) => void,
  ) {
    this.tell({ type: 'choices', choices: { modes: [], models: [] } });
  }

  /** The event after the cursor: also a gap where it was dropped. Undefined when there is none yet. */
  after(cursor: number): AgentEvent | undefined {
    if (cursor < this.dropped) return { type: 'gap', missing: this.dropped - cursor, cursor: this.dropped };
    return this.events[cursor - this.dropped];
  }

  /** Resolves when it tells something more. */
  more(): Promise<void> {
    return new Promise((resolve) => this.listeners.push(resolve));
  }

  prompt(wireId: string, text: string): void {
    if (this.hasExited) return;
    this.prompts.push({ wireId, text });
    this.note(`agent ${this.instance}: has ${wireId}`);
    this.queue = this.queue.then(() => this.work(wireId));
  }

  answer(requestId: string, optionId: string | null): void {
    this.note(`agent ${this.instance}: ${requestId} is answered ${optionId}`);
    const before = this.answers.get(requestId) ?? [];
    this.answers.set(requestId, [...before, optionId]);
    this.waiting.get(requestId)?.(optionId);
  }

  cancel(): void {
    this.note(`agent ${this.instance}: is to stop`);
    if (this.turn && !this.turn.isDeaf) this.turn.over.abort(new Over('cancelled'));
  }

  exit(reason: string): void {
    if (this.hasExited) return;
    this.tell({ type: 'exited', reason });
    this.note(`agent ${this.instance}: ${reason}`);
    this.hasExited = true;
    this.workingOn = null;
    this.waiting.clear();
    this.turn?.over.abort(new Over('exited'));
  }

  private async work(wireId: string): Promise<void> {
    if (this.hasExited) return;
    const over = new AbortController();
    this.turn = { over, isDeaf: this.weather.chance(0.3) };
    this.workingOn = wireId;
    let stopReason: 'end_turn' | 'cancelled' | 'failed' = 'end_turn';
    try {
      stopReason = await this.perform(over.signal);
    } catch (error) {
      if (!(error instanceof Over)) throw error;
      stopReason = 'cancelled';
    }
    this.workingOn = null;
    this.waiting.clear();
    this.tell({
      type: 'turn_ended',
      promptId: wireId,
      stopReason,
      ...(stopReason === 'failed' && { failure: { message: 'not today' } }),
    });
  }

  /** One of the many things that agents do. */
  private async perform(signal: AbortSignal): Promise<'end_turn' | 'failed'> {
    const { weather } = this;
    const sleep = async (ms: number) => {
      await this.clock.sleep(ms, signal);
      signal.throwIfAborted();
    };
    const say = () => this.tell({ type: 'said', text: `<${++this.said}>` });
    const ask: Ask = async (title) => {
      const requestId = String(this.questions++);
      const answered = new Promise<string | null>((resolve) => this.waiting.set(requestId, resolve));
      this.tell({ type: 'permission', requestId, title, options: OPTIONS, isEdit: weather.chance(0.5) });
      const optionId = await orAborted(answered, signal);
      this.waiting.delete(requestId);
      if (optionId === null) throw new Over('cancelled');
      return optionId;
    };
    const toolCallId = `call-${this.prompts.length}`;
    const tool = (status: 'pending' | 'completed') =>
      this.tell({ type: 'tool_call', change: { toolCallId, title: 'Work', kind: 'execute', status } });
    switch (
      weather.pick(['answer', 'chatty', 'late', 'mute', 'ask', 'two', 'refuse', 'elicit', 'die', 'crash'])
    ) {
      case 'chatty':
        for (let n = weather.between(100, 400); n > 0; n--) {
          say();
          if (weather.chance(0.05)) await sleep(weather.between(1, 400));
        }
        return 'end_turn';
      case 'late':
        await sleep(weather.between(8_000, 30_000));
        say();
        return 'end_turn';
      case 'mute':
        return orAborted(new Promise<never>(() => {}), signal);
      case 'ask':
        tool('pending');
        await ask('One');
        tool('completed');
        say();
        return 'end_turn';
      case 'two':
        await Promise.all([ask('One'), ask('Two')]);
        say();
        return 'end_turn';
      case 'refuse':
        await sleep(weather.between(0, 3_000));
        return 'failed';
      case 'elicit':
        this.tell({ type: 'unserved', method: 'elicitation/create' });
        say();
        return 'end_turn';
      case 'die':
        tool('pending');
        say();
        await sleep(weather.between(0, 3_000));
        this.exit('The agent ended in the middle of a tool call.');
        throw new Over('exited');
      case 'crash':
        this.exit('The agent ended.');
        throw new Over('exited');
      default:
        await sleep(weather.between(0, 2_000));
        for (let n = weather.between(1, 20); n > 0; n--) say();
        return 'end_turn';
    }
  }

  private tell(event: Told): void {
    if (this.hasExited) return;
    this.events.push({ ...event, cursor: this.dropped + this.events.length + 1 } as AgentEvent);
    if (this.events.length > KEPT) this.dropped += this.events.splice(0, this.events.length - KEPT).length;
    for (const heard of this.listeners.splice(0)) heard();
  }
}
