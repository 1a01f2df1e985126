import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

/** The ids of our own requests in an ACP connection: its replies carry them, so a replay tells what was asked. */
export const REQUEST = { initialize: 'initialize', open: 'open', prompt: 'prompt' } as const;

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
  /** Whether the agent's process is gone. */
  exited: Type.Boolean(),
});
export type Transcript = Static<typeof Transcript>;

const LONGEST_TEXT = 1 << 20;

const Reply = Type.Object({
  id: Type.Union([Type.String(), Type.Number()]),
  result: Type.Optional(Type.Unknown()),
  error: Type.Optional(Type.Object({ message: Type.String() })),
});
const Opened = Type.Object({ sessionId: Type.String({ minLength: 1, maxLength: 200 }) });
const Ended = Type.Object({ stopReason: Type.String({ maxLength: 100 }) });
const Update = Type.Object({
  method: Type.Literal('session/update'),
  params: Type.Object({ update: Type.Object({ sessionUpdate: Type.String() }) }),
});
const TextChunk = Type.Object({ content: Type.Object({ type: Type.Literal('text'), text: Type.String() }) });
const Exited = Type.Object({ method: Type.Literal('_adapter/agent_exited') });

/** What agents tell of their own accord when a session opens: no sign that they were asked something. */
const UNASKED = new Set(['available_commands_update', 'current_mode_update', 'config_option_update']);

export function emptyTranscript(connection: string): Transcript {
  return { connection, lastEventId: 0, text: '', prompted: false, exited: false };
}

/** The transcript after one more event. What is no message of ours to understand changes only the position. */
export function withEvent(before: Transcript, event: { id?: string; data: string }): Transcript {
  const id = Number(event.id);
  const lastEventId = Number.isSafeInteger(id) ? Math.max(id, before.lastEventId) : before.lastEventId;
  const transcript = { ...before, lastEventId };
  const message = parse(event.data);
  if (Value.Check(Exited, message)) return { ...transcript, exited: true };
  if (Value.Check(Reply, message)) {
    if (message.id === REQUEST.open && Value.Check(Opened, message.result)) {
      return { ...transcript, agentSessionId: message.result.sessionId };
    }
    if (message.id === REQUEST.prompt && Value.Check(Ended, message.result)) {
      return { ...transcript, prompted: true, ended: message.result.stopReason };
    }
    if (message.id === REQUEST.prompt) {
      const failure = (message.error?.message ?? 'an answer without a reason to stop').slice(0, 500);
      return { ...transcript, ended: 'error', failure };
    }
    return transcript;
  }
  if (!Value.Check(Update, message) || UNASKED.has(message.params.update.sessionUpdate)) return transcript;
  const { update } = message.params;
  const chunk =
    update.sessionUpdate === 'agent_message_chunk' && Value.Check(TextChunk, update)
      ? update.content.text
      : '';
  return { ...transcript, prompted: true, text: (before.text + chunk).slice(0, LONGEST_TEXT) };
}

/** Whether the event is the reply to the request with this id. */
export function isReplyTo(id: string, event: { data: string }): boolean {
  const message = parse(event.data);
  return Value.Check(Reply, message) && message.id === id;
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
