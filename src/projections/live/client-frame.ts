import { isPosition } from '../../http/query-rules.js';

/** The largest frame that is read, in characters. */
export const MAX_FRAME = 4_096;

/** What a client may follow. */
export type Topic = { readonly kind: 'workspace' | 'task'; readonly id: string; readonly name: string };

export type ClientFrame =
  | { readonly event: 'subscribe'; readonly topic: Topic; readonly after?: bigint }
  | { readonly event: 'unsubscribe'; readonly topic: Topic };

/** A frame that makes no sense. The message says what to change. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  constructor(
    /** A stable word for programs. */
    readonly code:
      'malformed_frame' | 'unknown_event' | 'unknown_topic' | 'invalid_after' | 'too_many_subscriptions',
    message: string,
  ) {
    super(message);
  }
}

const EXAMPLE = '{"event":"subscribe","data":{"topic":"workspace:default"}}';
const WORKSPACE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reads a client's frame. Throws FrameError. */
export function parseFrame(text: string): ClientFrame {
  if (text.length > MAX_FRAME)
    throw new FrameError('malformed_frame', `A frame has at most ${MAX_FRAME} characters.`);
  const { event, data } = parseObject(text);
  if (event !== 'subscribe' && event !== 'unsubscribe')
    throw new FrameError('unknown_event', 'The event must be "subscribe" or "unsubscribe".');
  if (!isObject(data)) throw new FrameError('malformed_frame', `"data" must be an object, as in ${EXAMPLE}`);
  const topic = parseTopic(data.topic);
  if (event === 'unsubscribe') return { event, topic };
  const { after } = data;
  if (after === undefined || after === null) return { event, topic };
  if (isPosition(after)) return { event, topic, after: BigInt(after as string) };
  throw new FrameError(
    'invalid_after',
    '"after" must be a position: a decimal string from a frame or a record.',
  );
}

function parseObject(text: string): Record<string, unknown> {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    throw new FrameError('malformed_frame', `A frame must be JSON, as in ${EXAMPLE}`);
  }
  if (!isObject(frame))
    throw new FrameError('malformed_frame', `A frame must be an object, as in ${EXAMPLE}`);
  return frame;
}

function parseTopic(name: unknown): Topic {
  if (typeof name === 'string') {
    const colon = name.indexOf(':');
    const kind = name.slice(0, colon);
    const id = name.slice(colon + 1);
    if (kind === 'workspace' && WORKSPACE.test(id)) return { kind, id, name };
    if (kind === 'task' && UUID.test(id)) return { kind, id, name };
  }
  throw new FrameError(
    'unknown_topic',
    'The topic must be "workspace:<workspace id>" or "task:<task id, a UUID in lower case>".',
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
