import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

/** The ids of our own requests in an ACP connection: its replies carry them, so a replay tells what was asked. */
export const REQUEST = { initialize: 'initialize', open: 'open', load: 'load', prompt: 'prompt' } as const;

/** What the events of one session's connection have told so far. */
export const Transcript = Type.Object({
  /** Which of the session's connections this is about, see `SessionRecord`. */
  connection: Type.String(),
  lastEventId: Type.Integer({ minimum: 0 }),
  /** The agent's name for the session, once it opened it. */
  agentSessionId: Type.Optional(Type.String()),
  /** What the agent said. */
  text: Type.String(),
  /** Whether anything shows that the prompt has reached the agent. */
  prompted: Type.Boolean(),
  /** How the agent's answer ended (`end_turn`, `cancelled`, … or `error`), once it has. */
  ended: Type.Optional(Type.String()),
  /** What went wrong when it ended with an error. */
  failure: Type.Optional(Type.String()),
  /** The error's own code, where the agent gave one. */
  failureCode: Type.Optional(Type.Integer()),
  /** Whether the agent's process is gone. */
  exited: Type.Boolean(),
  /** Whether the text is not all that the agent said. */
  truncated: Type.Optional(Type.Boolean()),
});
export type Transcript = Static<typeof Transcript>;

const LONGEST_TEXT = 1 << 20;
/** In the text, where something is missing: for people, and for programs that know no more than the text. */
export const GAP = '[Some of what the agent said is missing here.]\n';
const CUT = '\n[The rest of what the agent said is left out: it is too long.]';

const Id = Type.Union([Type.String(), Type.Number()]);
/** An answer to a request of ours, whatever shape its error has; a request or a notification has a method. */
const Answer = Type.Object({
  id: Id,
  method: Type.Optional(Type.Never()),
  result: Type.Optional(Type.Unknown()),
  error: Type.Optional(Type.Unknown()),
});
const Coded = Type.Object({
  code: Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
});
const Worded = Type.Object({ message: Type.String({ minLength: 1 }) });
/** An answer as we use it. Ids of agents' own requests are any string or number, 0 among them. */
export interface Reply {
  readonly id: string | number;
  readonly result?: unknown;
  readonly error?: { readonly code?: number; readonly message: string };
}
const LONGEST_REASON = 300;
const Opened = Type.Object({ sessionId: Type.String({ minLength: 1, maxLength: 200 }) });
const Ended = Type.Object({ stopReason: Type.String({ maxLength: 100 }) });
const Update = Type.Object({
  method: Type.Literal('session/update'),
  params: Type.Object({
    sessionId: Type.Optional(Type.Unknown()),
    update: Type.Object({ sessionUpdate: Type.String() }),
  }),
});
const TextChunk = Type.Object({ content: Type.Object({ type: Type.Literal('text'), text: Type.String() }) });
const Exited = Type.Object({
  method: Type.Literal('_adapter/agent_exited'),
  params: Type.Optional(Type.Unknown()),
});
const Exit = Type.Object({ code: Type.Integer() });
/** A question that the agent waits with: a sign that it is at work. */
const Asked = Type.Object({ id: Id, method: Type.String() });

/** What agents tell of their own accord when a session opens: no sign that they were asked something. */
const UNASKED = new Set(['available_commands_update', 'current_mode_update', 'config_option_update']);

export function emptyTranscript(connection: string): Transcript {
  return { connection, lastEventId: 0, text: '', prompted: false, exited: false };
}

/** The transcript after one more event. What is no message of ours to understand changes only the position. */
export function withEvent(before: Transcript, event: { id?: string; data: string }): Transcript {
  const id = Number(event.id);
  const lastEventId = Number.isSafeInteger(id) ? Math.max(id, before.lastEventId) : before.lastEventId;
  // The server keeps only the latest events; they are numbered one by one.
  const gap = lastEventId > before.lastEventId + 1;
  const transcript = gap
    ? withText({ ...before, lastEventId, truncated: true }, GAP)
    : { ...before, lastEventId };
  const message = parse(event.data);
  if (Value.Check(Exited, message)) return { ...transcript, exited: true };
  const reply = asReply(message);
  if (reply) {
    if (reply.id === REQUEST.open && Value.Check(Opened, reply.result)) {
      return { ...transcript, agentSessionId: reply.result.sessionId };
    }
    // A request has one answer; an agent that gives another does not undo it.
    if (reply.id === REQUEST.prompt && before.ended !== undefined) return transcript;
    if (reply.id === REQUEST.prompt && Value.Check(Ended, reply.result)) {
      return { ...transcript, prompted: true, ended: reply.result.stopReason };
    }
    if (reply.id === REQUEST.prompt) {
      const failure = reply.error?.message ?? 'an answer without a reason to stop';
      return { ...transcript, ended: 'error', failure, failureCode: reply.error?.code };
    }
    return transcript;
  }
  if (Value.Check(Asked, message)) return { ...transcript, prompted: true };
  if (!Value.Check(Update, message) || UNASKED.has(message.params.update.sessionUpdate)) return transcript;
  const { update, sessionId } = message.params;
  // An agent may have sessions of its own beside ours.
  const isOurs = sessionId === undefined || [undefined, sessionId].includes(transcript.agentSessionId);
  if (!isOurs) return transcript;
  const chunk =
    update.sessionUpdate === 'agent_message_chunk' && Value.Check(TextChunk, update)
      ? update.content.text
      : '';
  return withText({ ...transcript, prompted: true }, chunk);
}

function withText(before: Transcript, more: string): Transcript {
  if (more === '' || before.text.endsWith(CUT)) return before;
  const text = before.text + more;
  if (text.length <= LONGEST_TEXT) return { ...before, text };
  return { ...before, text: text.slice(0, LONGEST_TEXT - CUT.length) + CUT, truncated: true };
}

/** Whether the event is the reply to the request with this id. */
export function isReplyTo(id: string, event: { data: string }): boolean {
  return replyIn(id, event) !== undefined;
}

/** The reply to the request with this id, if the event is it. */
export function replyIn(id: string, event: { data: string }): Reply | undefined {
  const reply = asReply(parse(event.data));
  return reply?.id === id ? reply : undefined;
}

/** How the agent ended, if the event says that it has. */
export function exitOf(event: { data: string }): { readonly code?: number } | undefined {
  const message = parse(event.data);
  if (!Value.Check(Exited, message)) return undefined;
  return Value.Check(Exit, message.params) ? { code: message.params.code } : {};
}

/** The message as a reply, whatever shape its error has; undefined for requests, notifications and what is none. */
export function asReply(message: unknown): Reply | undefined {
  if (!Value.Check(Answer, message)) return undefined;
  const { id, result, error } = message;
  if (error === undefined || error === null) return { id, result };
  const words = Value.Check(Worded, error) ? error.message : 'an error without a message';
  return {
    id,
    error: {
      code: Value.Check(Coded, error) ? error.code : undefined,
      message: words.slice(0, LONGEST_REASON),
    },
  };
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
