import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

/** The ids of our own requests in an ACP connection: its replies carry them, so a replay tells what was asked. */
export const REQUEST = { initialize: 'initialize', open: 'open', load: 'load' } as const;

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
const Exited = Type.Object({
  method: Type.Literal('_adapter/agent_exited'),
  params: Type.Optional(Type.Unknown()),
});
const Exit = Type.Object({ code: Type.Integer() });
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
