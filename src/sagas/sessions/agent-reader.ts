import type { AgentFact } from '../../commands/session-commands.js';
import type { Session } from '../../events/session/session-state.js';
import type { Clock } from '../../platform/clock.js';
import type { SessionDeltas } from '../../platform/session-deltas.js';
import type { SessionChannel } from '../../providers/session-channel.js';
import { FactJoiner } from './fact-joiner.js';
import type { SessionDesk } from './session-desk.js';

/** What is open in a text is stored after so long, in milliseconds. */
const JOIN_MS = 1_000;
/** What nobody waits for is stored with what comes next, or after so long, in milliseconds. */
const HOLD_MS = 50;
const MOST_HELD = 4;
const HELD: ReadonlySet<AgentFact['type']> = new Set(['mode', 'usage']);

export interface ReaderTools {
  readonly deltas: SessionDeltas;
  readonly clock: Clock;
  /** How long a question of the agent waits for an answer; 0: for ever. */
  readonly permissionDeadlineMs: number;
}

/** The half of an attachment that reads: what the agent does becomes facts in the session's stream. */
export class AgentReader {
  /** The agent has ended, and told so. */
  hasExited = false;
  private joining: Promise<unknown> = Promise.resolve();
  private held: AgentFact[] = [];

  /** @param recorded up to which of the agent's events what it did is stored */
  constructor(
    private readonly desk: SessionDesk,
    private readonly channel: SessionChannel,
    private recorded: number,
    private readonly tools: ReaderTools,
  ) {}

  /** Reads what the agent does until it ends or the signal aborts. */
  async read(session: Session, attached: AbortController): Promise<void> {
    const { channel, desk, tools } = this;
    const { cursor, toolCalls, wishedMode, wishedModel } = session;
    // Whoever wished for a mode that the agent has not is told before the agent is asked for it.
    const mayHold = wishedMode === null && wishedModel === null;
    const joiner = new FactJoiner(channel.instance, toolCalls);
    let cancelFlush: (() => void) | undefined;
    let cancelHold: (() => void) | undefined;
    // What could not be stored is read again by whoever attaches next.
    const later = (ms: number, record: () => Promise<unknown>) =>
      tools.clock.after(ms, () => void record().catch((error: unknown) => attached.abort(error)));
    try {
      for await (const event of channel.events(cursor, attached.signal)) {
        if (event.type === 'exited') {
          this.hasExited = true;
          const { instance } = channel;
          await this.record(joiner.flush());
          const { reason } = event;
          await desk.execute({ type: 'LoseAgent', instance, how: 'exited', reason, at: desk.now() });
          return;
        }
        const facts = joiner.take(event);
        if (event.type === 'said' || event.type === 'thought') {
          const kind = event.type === 'said' ? 'message' : 'thought';
          tools.deltas.tell({
            sessionId: desk.sessionId,
            entryId: joiner.entryId,
            kind,
            text: event.text,
            offset: joiner.offset,
          });
        }
        if (facts.length > 0 && !(mayHold && this.hold(facts))) await this.record(facts);
        if (this.held.length > 0 && cancelHold === undefined)
          cancelHold = later(desk.apart(HOLD_MS), () => {
            cancelHold = undefined;
            return this.record([]);
          });
        if (joiner.isOpen && cancelFlush === undefined)
          cancelFlush = later(JOIN_MS, () => {
            cancelFlush = undefined;
            return this.record(joiner.flush());
          });
      }
    } finally {
      cancelHold?.();
      cancelFlush?.();
    }
  }

  /** Keeps facts that nobody waits for, in their order, for the next append. False where they are to be stored now. */
  private hold(facts: readonly AgentFact[]): boolean {
    if (!facts.every(({ type }) => HELD.has(type)) || this.held.length >= MOST_HELD) return false;
    this.held.push(...facts);
    return true;
  }

  /** One append after the other, in the order of the agent's events, with what was held before them. */
  private record(next: readonly AgentFact[]): Promise<unknown> {
    const facts = [...this.held, ...next];
    this.held = [];
    if (facts.length === 0) return this.joining;
    const { desk } = this;
    const { instance } = this.channel;
    const at = desk.now();
    const told = facts.map((fact) => this.withDeadline(fact, at));
    this.joining = this.joining.then(async () => {
      const after = this.recorded;
      const last = facts.at(-1)!.cursor;
      const { session, events } = await desk.carryOut({ type: 'Record', instance, after, facts: told, at });
      const isOvertaken = events === 0 && session.cursor > after && session.cursor < last;
      if (isOvertaken || session.instance !== instance)
        throw new Error('Another process has stored what the agent did; it is read on from there.');
      this.recorded = last;
      if (session.turn === null) desk.poke();
    });
    return this.joining;
  }

  private withDeadline(fact: AgentFact, at: string): AgentFact {
    const ms = this.tools.permissionDeadlineMs;
    if (fact.type !== 'permission' || ms === 0) return fact;
    return { ...fact, deadline: new Date(Date.parse(at) + ms).toISOString() };
  }
}
