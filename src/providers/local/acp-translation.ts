import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { AgentEvent, PermissionOption, SessionUsage, StopReason } from '../session-channel.js';
import { cutText, shortText } from './bounded-text.js';
import { choicesOf, configuredChoices } from './session-choices.js';
import { textOfBlock, ToolCall, ToolCalls } from './tool-calls.js';
import { asReply, exitOf, type Reply, REQUEST } from './acp-replies.js';

/** Prompts' ids in the connection, so that a replay tells whose end a reply is. */
export const promptRequest = (promptId: string) => `prompt:${promptId}`;
/** Ids of requests that set something say what: their reply tells of the change, also in a replay. */
export const settingRequest = (what: 'modeId' | 'model', nonce: string, value: string) =>
  `set:${what}:${nonce}:${value}`;

const LONGEST_CHUNK = 64 << 10;
const MOST_ENTRIES = 100;
const LONGEST_ENTRY = 1_000;
const MOST_OPTIONS = 20;
const LONGEST_ID = 200;

const Items = Type.Array(Type.Unknown());
const Request = Type.Object({ id: Type.Union([Type.String(), Type.Number()]), method: Type.String() });
const Update = Type.Object({
  method: Type.Literal('session/update'),
  params: Type.Object({
    sessionId: Type.Optional(Type.Unknown()),
    update: Type.Object({ sessionUpdate: Type.String() }),
  }),
});
const PlanEntry = Type.Object({ content: Type.String(), status: Type.Optional(Type.Unknown()) });
const PlanStatus = Type.Union([
  Type.Literal('pending'),
  Type.Literal('in_progress'),
  Type.Literal('completed'),
]);
const Permission = Type.Object({
  params: Type.Object({ toolCall: Type.Optional(Type.Unknown()), options: Items }),
});
const Option = Type.Object({
  optionId: Type.String({ minLength: 1, maxLength: LONGEST_ID }),
  name: Type.Optional(Type.String()),
  kind: Type.Optional(Type.Unknown()),
});
const OptionKind = Type.Union([
  Type.Literal('allow_once'),
  Type.Literal('allow_always'),
  Type.Literal('reject_once'),
  Type.Literal('reject_always'),
]);
const Titled = Type.Object({ title: Type.String({ minLength: 1 }) });
const Kinded = Type.Object({ kind: Type.String() });
const Mode = Type.Object({ currentModeId: Type.String({ minLength: 1, maxLength: LONGEST_ID }) });
const Stopped = Type.Object({ stopReason: Type.String(), usage: Type.Optional(Type.Unknown()) });
const KnownStop = Type.Union([
  Type.Literal('end_turn'),
  Type.Literal('max_tokens'),
  Type.Literal('max_turn_requests'),
  Type.Literal('refusal'),
  Type.Literal('cancelled'),
]);
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Amount = Type.Number({ minimum: 0, maximum: 1e12 });
const Cost = Type.Object({ amount: Amount, currency: Type.String({ minLength: 1, maxLength: 10 }) });
const EDITS = new Set(['edit', 'delete', 'move']);

type Told = AgentEvent extends infer E ? (E extends AgentEvent ? Omit<E, 'cursor'> : never) : never;

/** Translates what an agent writes. What is nothing that we know is left out; nothing here throws for what it says. */
export class AcpTranslation {
  private readonly tools = new ToolCalls();

  /** @param agentSessionId the agent's name of the session; what it tells of another one is not ours */
  constructor(private readonly agentSessionId?: string) {}

  /**
   * The events that a message makes, mostly one. A tool call that comes with a permission goes before it with the
   * number before: who goes on from there is told of it again, and of the permission in any case.
   */
  eventsOf(cursor: number, data: string): AgentEvent[] {
    const message = parse(data);
    const exit = exitOf({ data });
    if (exit) {
      const how = exit.code === undefined ? '' : ` with exit code ${exit.code}`;
      return [{ type: 'exited', reason: `The agent ended${how}.`, cursor }];
    }
    if (Value.Check(Request, message)) return this.request(cursor, message);
    const reply = asReply(message);
    const told = reply
      ? ended(reply)
      : Value.Check(Update, message) && this.isOurs(message.params.sessionId)
        ? this.update(message.params.update)
        : undefined;
    return told ? [{ ...told, cursor } as AgentEvent] : [];
  }

  private isOurs(sessionId: unknown): boolean {
    return sessionId === undefined || this.agentSessionId === undefined || sessionId === this.agentSessionId;
  }

  private request(cursor: number, message: { id: string | number; method: string }): AgentEvent[] {
    const { method } = message;
    const requestId = JSON.stringify(message.id);
    const isAsked = method === 'session/request_permission' && requestId.length <= LONGEST_ID;
    if (!isAsked || !Value.Check(Permission, message)) {
      return [{ type: 'unserved', method: shortText(method, 100), cursor }];
    }
    const { toolCall, options } = message.params;
    const change = Value.Check(ToolCall, toolCall) ? this.tools.change({ ...toolCall }) : undefined;
    const toolCallId = change?.toolCallId;
    const kind = Value.Check(Kinded, toolCall) ? toolCall.kind : toolCallId && this.tools.kindOf(toolCallId);
    const title = Value.Check(Titled, toolCall)
      ? toolCall.title
      : toolCallId && this.tools.titleOf(toolCallId);
    const before: AgentEvent[] =
      change && (change.content || change.kind) ? [{ type: 'tool_call', change, cursor: cursor - 1 }] : [];
    return [
      ...before,
      {
        type: 'permission',
        cursor,
        requestId,
        ...(toolCallId !== undefined && { toolCallId }),
        title: shortText(title || 'The agent asks for leave', LONGEST_ENTRY),
        options: optionsOf(options),
        isEdit: kind !== undefined && EDITS.has(kind),
      },
    ];
  }

  private update(update: { sessionUpdate: string }): Told | undefined {
    const part = update as Record<string, unknown>;
    switch (update.sessionUpdate) {
      case 'agent_message_chunk':
      case 'agent_thought_chunk': {
        const text = textOfBlock(part['content'], LONGEST_CHUNK);
        if (text === '') return undefined;
        return { type: update.sessionUpdate === 'agent_message_chunk' ? 'said' : 'thought', text };
      }
      case 'tool_call':
      case 'tool_call_update':
        return Value.Check(ToolCall, update)
          ? { type: 'tool_call', change: this.tools.change({ ...update }) }
          : undefined;
      case 'plan':
        return Value.Check(Items, part['entries'])
          ? { type: 'plan', entries: planOf(part['entries']) }
          : undefined;
      case 'current_mode_update':
        return Value.Check(Mode, update)
          ? { type: 'choices', choices: { modeId: update.currentModeId } }
          : undefined;
      case 'config_option_update': {
        const { choices } = configuredChoices(part['configOptions']);
        return Object.keys(choices).length > 0 ? { type: 'choices', choices } : undefined;
      }
      case 'usage_update': {
        const usage = usageOf(part);
        return usage && { type: 'usage', usage };
      }
      default:
        return undefined;
    }
  }
}

/** What a reply to one of our requests ends or changes. */
function ended({ id, result, error }: Reply): Told | undefined {
  const name = String(id);
  if (name === REQUEST.open) {
    return error ? undefined : { type: 'choices', choices: choicesOf(result).choices };
  }
  const [, what, value] = /^set:(modeId|model):[^:]*:(.*)$/s.exec(name) ?? [];
  if (what !== undefined) {
    if (error) return undefined;
    const said = configuredChoices((result as { configOptions?: unknown } | null | undefined)?.configOptions);
    return { type: 'choices', choices: { [what]: value, ...said.choices } };
  }
  const promptId = /^prompt:(.*)$/s.exec(name)?.[1];
  if (promptId === undefined) return undefined;
  if (error) {
    const message = cutText(error.message, LONGEST_ENTRY);
    return { type: 'turn_ended', promptId, stopReason: 'failed', failure: { ...error, message } };
  }
  if (!Value.Check(Stopped, result)) {
    const failure = { message: 'The agent answered without a reason to stop.' };
    return { type: 'turn_ended', promptId, stopReason: 'failed', failure };
  }
  const stopReason: StopReason = Value.Check(KnownStop, result.stopReason) ? result.stopReason : 'other';
  const usage = usageOf(result.usage);
  return { type: 'turn_ended', promptId, stopReason, ...(usage && { usage }) };
}

function planOf(entries: readonly unknown[]) {
  return entries
    .slice(0, MOST_ENTRIES)
    .flatMap((item) => (Value.Check(PlanEntry, item) ? item : []))
    .map(({ content, status }) => ({
      content: cutText(content, LONGEST_ENTRY),
      status: Value.Check(PlanStatus, status) ? status : ('pending' as const),
    }));
}

function optionsOf(options: readonly unknown[]): PermissionOption[] {
  return options
    .slice(0, MOST_OPTIONS)
    .flatMap((item) => (Value.Check(Option, item) ? item : []))
    .map(({ optionId, name, kind }) => ({
      optionId,
      name: shortText(name || optionId, LONGEST_ID),
      kind: Value.Check(OptionKind, kind) ? kind : 'other',
    }));
}

function usageOf(value: unknown): SessionUsage | undefined {
  const said = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const counts = ['inputTokens', 'outputTokens', 'used', 'size'].filter((key) =>
    Value.Check(Count, said[key]),
  );
  const { cost } = said;
  const usage: SessionUsage = {
    ...Object.fromEntries(counts.map((key) => [key, said[key]])),
    ...(Value.Check(Cost, cost) && { cost: cost.amount, currency: shortText(cost.currency, 10) }),
  };
  return Object.keys(usage).length > 0 ? usage : undefined;
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
