import { v5 as uuidv5 } from 'uuid';
import type { AgentFact } from '../../commands/session-commands.js';
import { MOST_TEXT } from '../../events/session/session-events.js';
import type { ToolCall } from '../../events/session/session-state.js';
import type { AgentEvent, SessionUsage, ToolCallChange } from '../../providers/session-channel.js';

/** Joined text is stored when it is so long, in characters. */
const ENOUGH_TEXT = 4_096;
/** Of what fits into the agent's context: a smaller change is told at the end of the turn. */
const USAGE_STEP = 0.01;
const PERMISSION_NAMESPACE = '0d5b6e0a-91d7-4a41-8c5c-2f6a1f9a7b33';

type Event<T extends AgentEvent['type']> = Extract<AgentEvent, { type: T }>;

/**
 * Makes facts that are worth storing from an agent's many events: pieces of text become one text, changes of a tool call
 * become the call as it is. What is open is given out when something else begins, when it is long enough, or by `flush`.
 */
export class FactJoiner {
  private open: AgentFact | null = null;
  /** Number of the event with which the open text began. */
  private firstCursor = 0;
  private lastOffset = 0;
  private readonly toolCalls: Map<string, ToolCall>;
  private usage: SessionUsage = {};
  private heldUsage: SessionUsage | null = null;

  /** @param toolCalls those of the turn, as they are stored */
  constructor(
    private readonly instance: string,
    toolCalls: readonly ToolCall[],
  ) {
    this.toolCalls = new Map(toolCalls.map((call) => [call.toolCallId, call]));
  }

  /** Whether something waits for `flush`. */
  get isOpen(): boolean {
    return this.open !== null;
  }

  /** Names the text that is being written, until it is stored. */
  get entryId(): string {
    return `${this.instance}/${this.firstCursor}`;
  }

  /** Characters of that text that came before the latest piece. */
  get offset(): number {
    return this.lastOffset;
  }

  /** What is to be stored now, in order. */
  take(event: Exclude<AgentEvent, Event<'exited'>>): AgentFact[] {
    switch (event.type) {
      case 'said':
      case 'thought':
        return this.takeText(event);
      case 'tool_call':
        return this.takeToolCall(event);
      case 'usage':
        return this.takeUsage(event);
      default: {
        const before = this.flush();
        if (event.type !== 'turn_ended') return [...before, this.factOf(event)];
        this.toolCalls.clear();
        return [...before, ...this.takeHeldUsage(event.cursor), this.factOf(event)];
      }
    }
  }

  /** What was open. */
  flush(): AgentFact[] {
    const facts = this.open === null ? [] : [this.open];
    this.open = null;
    return facts;
  }

  private takeText({ type, text, cursor }: Event<'said' | 'thought'>): AgentFact[] {
    const { open } = this;
    const earlier = open?.type === type && open.text.length + text.length <= MOST_TEXT ? open.text : null;
    const before = earlier === null ? this.flush() : [];
    if (earlier === null) this.firstCursor = cursor;
    this.lastOffset = earlier?.length ?? 0;
    const joined = (earlier ?? '') + text;
    const { entryId } = this;
    if (joined.length > MOST_TEXT)
      return [...before, ...piecesOf(joined).map((piece) => ({ type, text: piece, entryId, cursor }))];
    this.open = { type, text: joined, entryId, cursor };
    return joined.length >= ENOUGH_TEXT ? [...before, ...this.flush()] : before;
  }

  private takeToolCall({ change, cursor }: Event<'tool_call'>): AgentFact[] {
    const { open } = this;
    const isSame = open?.type === 'tool_call' && open.toolCallId === change.toolCallId;
    const before = isSame ? [] : this.flush();
    const call = merged(this.toolCalls.get(change.toolCallId), change);
    this.toolCalls.set(call.toolCallId, call);
    this.open = { type: 'tool_call', ...call, cursor };
    return before;
  }

  /** Agents tell of it with each step. What changes little is held back, and interrupts no text that is open. */
  private takeUsage({ usage, cursor }: Event<'usage'>): AgentFact[] {
    const now = { ...this.usage, ...this.heldUsage, ...usage };
    const { used = 0, size = 0, cost } = now;
    const isNews = cost !== this.usage.cost || Math.abs(used - (this.usage.used ?? 0)) >= size * USAGE_STEP;
    this.heldUsage = now;
    return isNews ? [...this.flush(), ...this.takeHeldUsage(cursor)] : [];
  }

  private takeHeldUsage(cursor: number): AgentFact[] {
    if (this.heldUsage === null) return [];
    const usage = this.heldUsage;
    this.usage = usage;
    this.heldUsage = null;
    return [{ type: 'usage', usage, cursor }];
  }

  private factOf(
    event: Exclude<AgentEvent, Event<'exited' | 'said' | 'thought' | 'tool_call' | 'usage'>>,
  ): AgentFact {
    const { cursor } = event;
    switch (event.type) {
      case 'plan':
        return { type: 'plan', entries: [...event.entries], cursor };
      case 'permission': {
        const { requestId, toolCallId, title, options, isEdit } = event;
        const permissionId = uuidv5(`${this.instance}/${requestId}`, PERMISSION_NAMESPACE);
        return {
          type: 'permission',
          permissionId,
          requestId,
          toolCallId,
          title,
          options: [...options],
          isEdit,
          cursor,
        };
      }
      case 'choices': {
        const { modes, modeId, models, model } = event.choices;
        return {
          type: 'mode',
          modes: modes && [...modes],
          modeId,
          models: models && [...models],
          model,
          cursor,
        };
      }
      case 'turn_ended': {
        const { stopReason, usage, failure } = event;
        return { type: 'turn_ended', ...sendingOf(event.promptId), stopReason, usage, failure, cursor };
      }
      case 'unserved':
        return { type: 'unserved', method: event.method, cursor };
      case 'gap':
        return {
          type: 'gap',
          reason: 'The agent said more than its server keeps while nobody read it.',
          missing: event.missing,
          cursor,
        };
    }
  }
}

/** A text that is too long for one entry as several; no character is cut in two. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    let end = Math.min(from + MOST_TEXT, text.length);
    if (end < text.length && !text.slice(from, end).isWellFormed()) end--;
    pieces.push(text.slice(from, end));
    from = end;
  }
  return pieces;
}

/** What `wireId` was made of. */
function sendingOf(id: string): { promptId: string; send?: number } {
  const [, promptId = id, send] = /^(.*)\.(\d+)$/.exec(id) ?? [];
  return send === undefined ? { promptId } : { promptId, send: Number(send) };
}

function merged(before: ToolCall | undefined, change: ToolCallChange): ToolCall {
  return {
    toolCallId: change.toolCallId,
    title: change.title ?? before?.title ?? '',
    kind: change.kind ?? before?.kind ?? 'other',
    status: change.status ?? before?.status ?? 'pending',
    locations: [...(change.locations ?? before?.locations ?? [])],
    content: [...(change.content ?? withOutput(before?.content ?? [], change.output))],
  };
}

/** Texts from before a tool ran say what it is to do, or what was asked about it; a diff says what it has done. */
function withOutput(content: ToolCall['content'], output: string | undefined): ToolCall['content'] {
  if (output === undefined || content.some(({ type }) => type !== 'text')) return content;
  return [{ type: 'text', text: output }];
}
