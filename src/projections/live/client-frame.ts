import { type Static, Type } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { LOG_SOURCES, type LogSource } from '../../platform/sandbox-log.js';
import { Position, UUID, whole, WORKSPACE_ID } from '../../platform/text-rules.js';

/** The largest frame that is read, in characters. */
export const MAX_FRAME = 4_096;

/** What a client may follow. */
export type Topic = RecordTopic | LogTopic;

export interface RecordTopic {
  readonly kind: 'workspace' | 'task' | 'session';
  readonly id: string;
  readonly name: string;
}

/** What the sandbox of a task (`id`) puts out. */
export interface LogTopic {
  readonly kind: 'log';
  readonly id: string;
  readonly name: string;
  readonly source: LogSource;
}

export type ClientFrame =
  | { readonly event: 'subscribe'; readonly topic: Topic; readonly after?: bigint }
  | { readonly event: 'unsubscribe'; readonly topic: Topic };

type FrameCode =
  'malformed_frame' | 'unknown_event' | 'unknown_topic' | 'invalid_after' | 'too_many_subscriptions';

/** A frame that makes no sense. The message says what to change. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  constructor(
    /** A stable word for programs. */
    readonly code: FrameCode,
    message: string,
  ) {
    super(message);
  }
}

const TOPIC = `workspace:${WORKSPACE_ID}|task:${UUID}|session:${UUID}|log:${UUID}:(${LOG_SOURCES.join('|')})`;
const topic = Type.String({ pattern: whole(TOPIC) });
const frame = <E extends 'subscribe' | 'unsubscribe', D extends object>(event: E, more: D) =>
  Type.Object({ event: Type.Literal(event), data: Type.Object({ topic, ...more }) });
const Subscribe = frame('subscribe', { after: Type.Optional(Type.Union([Position, Type.Null()])) });
const Unsubscribe = frame('unsubscribe', {});
type Frame = Static<typeof Subscribe> | Static<typeof Unsubscribe>;

const isSubscribe = TypeCompiler.Compile(Subscribe);
const isUnsubscribe = TypeCompiler.Compile(Unsubscribe);

const EXAMPLE = '{"event":"subscribe","data":{"topic":"workspace:default"}}';
/** What is wrong with a frame, by the path of the schema's first complaint. */
const COMPLAINTS: Readonly<Record<string, readonly [FrameCode, string]>> = {
  '': ['malformed_frame', `A frame must be an object, as in ${EXAMPLE}`],
  '/event': ['unknown_event', 'The event must be "subscribe" or "unsubscribe".'],
  '/data': ['malformed_frame', `"data" must be an object, as in ${EXAMPLE}`],
  '/data/topic': [
    'unknown_topic',
    'The topic must be "workspace:<workspace id>", "task:<task id, a UUID in lower case>", "session:<session id, likewise>" or "log:<task id>:<agent, setup or sandbox>".',
  ],
  '/data/after': ['invalid_after', '"after" must be a position: a decimal string from a frame or a record.'],
};

/** Reads a client's frame. Throws FrameError. */
export function parseFrame(text: string): ClientFrame {
  if (text.length > MAX_FRAME)
    throw new FrameError('malformed_frame', `A frame has at most ${MAX_FRAME} characters.`);
  const { event, data } = checked(parseJson(text));
  const topic = topicOf(data.topic);
  if (event === 'unsubscribe' || data.after === undefined || data.after === null) return { event, topic };
  return { event, topic, after: BigInt(data.after) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FrameError('malformed_frame', `A frame must be JSON, as in ${EXAMPLE}`);
  }
}

function checked(value: unknown): Frame {
  if (isSubscribe.Check(value) || isUnsubscribe.Check(value)) return value;
  const { event } = (value ?? {}) as { event?: unknown };
  const errors = (event === 'unsubscribe' ? isUnsubscribe : isSubscribe).Errors(value);
  throw new FrameError(...COMPLAINTS[errors.First()!.path]!);
}

/** The topic of a name that has the topics' pattern. */
function topicOf(name: string): Topic {
  const [kind = '', id = '', source] = name.split(':');
  if (kind === 'log') return { kind, id, name, source: source as LogSource };
  return { kind: kind as RecordTopic['kind'], id, name };
}
