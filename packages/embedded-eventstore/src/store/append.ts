import type { ProposedEvent } from './event.js';
import {
  isMetastream,
  isSoftDeleted,
  metastreamOf,
  originalOf,
  parseMetadata,
  type StreamState,
  withTruncateBefore,
} from './stream-state.js';
import { randomUUID } from 'node:crypto';
import type { Transaction } from './transaction.js';

/** What the writer believes about the stream: a revision, or one of the protocol's special versions. */
export type Expected = number | 'any' | 'no_stream' | 'stream_exists';

/** The special versions as numbers, as trailers carry them. */
export const expectedNumber = (expected: Expected): number =>
  typeof expected === 'number' ? expected : { no_stream: -1, any: -2, stream_exists: -4 }[expected];

export type AppendOutcome =
  | { kind: 'appended'; revision: number; position: number | undefined }
  | { kind: 'wrong-version'; current: number | undefined }
  | { kind: 'deleted' };

/** Decides an append and, where it may happen, stages it. */
export function append(
  transaction: Transaction,
  stream: string,
  expected: Expected,
  events: readonly ProposedEvent[],
): AppendOutcome {
  const state = transaction.stream(stream);
  const refused = refusal(transaction, stream, state, expected, events);
  if (refused) return refused;
  if (events.length === 0) return { kind: 'appended', revision: state?.head ?? -1, position: undefined };
  const original = originalOf(stream);
  const before = transaction.stream(original);
  const reviveFrom = before && isSoftDeleted(before) ? before.head + 1 : undefined;
  const last = transaction.append(stream, events);
  // Writing to a soft deleted stream, or its metadata, brings it back; the events before stay truncated.
  if (reviveFrom !== undefined) writeTruncateBefore(transaction, original, String(reviveFrom));
  return { kind: 'appended', revision: last.revision, position: last.position };
}

/** The answer to an append that must not be stored: a conflict, or the repetition of one that was. */
function refusal(
  transaction: Transaction,
  stream: string,
  state: StreamState | undefined,
  expected: Expected,
  events: readonly ProposedEvent[],
): AppendOutcome | undefined {
  if (state?.tombstoned || isClosedToMetadata(transaction, stream)) return { kind: 'deleted' };
  const head = state?.head ?? -1;
  const conflict: AppendOutcome = { kind: 'wrong-version', current: head < 0 ? undefined : head };
  if (expected === 'any' || expected === 'stream_exists') {
    if (expected === 'stream_exists' && head < 0 && !hasMetadata(transaction, stream)) return conflict;
    if (expected === 'stream_exists' && isSoftDeleted(state)) return { kind: 'deleted' };
    return state && repetition(transaction, state, events, conflict);
  }
  const expectedHead = expected === 'no_stream' ? -1 : expected;
  if (expectedHead === head) return undefined;
  if (expectedHead > head || !state) return conflict;
  for (const [index, event] of events.entries()) {
    if (transaction.at(state, expectedHead + 1 + index)?.id === event.id) continue;
    return index === 0 && expected === 'no_stream' && isSoftDeleted(state) ? undefined : conflict;
  }
  return events.length === 0 ? conflict : repeated(transaction, state, expectedHead + events.length);
}

/**
 * Whether a stream's tombstone closes its metadata too. As on a real server it does not where there was nothing but
 * metadata.
 */
function isClosedToMetadata(transaction: Transaction, stream: string): boolean {
  if (!isMetastream(stream)) return false;
  const original = transaction.stream(originalOf(stream));
  if (!original?.tombstoned) return false;
  return original.head >= 0 || !hasMetadata(transaction, originalOf(stream));
}

/** All ids known: a repetition. None: new. Some: neither, hence a conflict. */
function repetition(
  transaction: Transaction,
  state: StreamState,
  events: readonly ProposedEvent[],
  conflict: AppendOutcome,
): AppendOutcome | undefined {
  let last = -1;
  for (const [index, event] of events.entries()) {
    const revision = transaction.revisionOf(state, event.id);
    if (revision === undefined) return index === 0 ? undefined : conflict;
    last = revision;
  }
  return last < 0 ? undefined : repeated(transaction, state, last);
}

const repeated = (transaction: Transaction, state: StreamState, revision: number): AppendOutcome => ({
  kind: 'appended',
  revision,
  position: transaction.at(state, revision)?.position,
});

/** Replaces `$tb` in the stream's metadata and leaves the rest of it. */
export function writeTruncateBefore(transaction: Transaction, stream: string, truncateBefore: string): void {
  const metastream = metastreamOf(stream);
  const data = withTruncateBefore(
    parseMetadata(transaction.latest(metastream)?.data ?? Buffer.alloc(0)),
    truncateBefore,
  );
  transaction.append(metastream, [systemEvent('$metadata', data)]);
}

/** An event that the node itself writes. */
export const systemEvent = (
  type: string,
  data: Uint8Array,
  metadata: Uint8Array = Buffer.alloc(0),
): ProposedEvent => ({
  id: randomUUID(),
  type,
  contentType: 'application/json',
  metadata,
  data,
});

export const hasMetadata = (transaction: Transaction, stream: string) =>
  (transaction.stream(metastreamOf(stream))?.head ?? -1) >= 0;
