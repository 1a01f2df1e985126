import type { TranscriptEntry } from '../../events/session/transcript-entry.js';
import type { ShowRecord } from '../../events/task/task-record.js';
import type { SessionDelta } from '../../platform/session-deltas.js';
import type { Update } from '../feed/feed.js';

/*
 * What the server sends. `position` in `subscribed` and `reset` is where the topic begins: everything after
 * it follows, in rising position. So the highest position that a client has seen on a topic, in whichever
 * frame, is what it resumes with (`after`).
 */

export const subscribedFrame = (topic: string, position: bigint): string =>
  JSON.stringify({ event: 'subscribed', data: { topic, position: position.toString() } });

export const unsubscribedFrame = (topic: string): string =>
  JSON.stringify({ event: 'unsubscribed', data: { topic } });

/** What the client knows of the topic is to be thrown away: the current records follow, from the start. */
export const resetFrame = (topic: string, reason: string): string =>
  JSON.stringify({ event: 'reset', data: { topic, position: '0', reason } });

export const taskFrame = (
  topic: string,
  { position, record }: Pick<Update, 'position' | 'record'>,
  show: ShowRecord,
): string =>
  JSON.stringify({ event: 'task', data: { topic, position: position.toString(), task: show(record) } });

/** One entry of a session's transcript. */
export const entryFrame = (topic: string, entry: TranscriptEntry): string =>
  JSON.stringify({ event: 'entry', data: { topic, position: entry.position, entry } });

/** A piece of a text that is being written: not durable, without a position. The entry of that `entryId` has all of it. */
export const deltaFrame = (topic: string, { entryId, kind, text, offset }: SessionDelta): string =>
  JSON.stringify({ event: 'delta', data: { topic, entryId, kind, text, offset } });

/** Lines that a sandbox's programs have put out; `position` is the place after them in that log. */
export const logFrame = (topic: string, position: bigint, lines: readonly string[]): string =>
  JSON.stringify({ event: 'log', data: { topic, position: position.toString(), lines } });

export const errorFrame = (code: string, message: string): string =>
  JSON.stringify({ event: 'error', data: { code, message } });
