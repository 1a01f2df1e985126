import { type Expected, hasMetadata, systemEvent } from './append.js';
import type { StoredEvent } from './event.js';
import { DELETED_TRUNCATE_BEFORE, isSoftDeleted, metastreamOf, withTruncateBefore } from './stream-state.js';
import type { Transaction } from './transaction.js';

export type RemoveOutcome =
  | { kind: 'removed'; position: number }
  | { kind: 'wrong-version'; current: number | undefined }
  | { kind: 'deleted' };

/**
 * Decides a delete and stages it. A soft delete truncates the stream and needs one that exists, if only by its
 * metadata; a tombstone also closes a name that was never used. To who expects it to be, a soft deleted stream is
 * gone; to who expects none, there is none.
 */
export function remove(
  transaction: Transaction,
  stream: string,
  expected: Expected,
  kind: 'delete' | 'tombstone',
): RemoveOutcome {
  const state = transaction.stream(stream);
  if (state?.tombstoned) return { kind: 'deleted' };
  const head = state?.head ?? -1;
  const exists = head >= 0 || hasMetadata(transaction, stream);
  const softDeleted = isSoftDeleted(state);
  if (expected === 'stream_exists' && softDeleted) return { kind: 'deleted' };
  const asExpected =
    expected === 'any' ||
    (expected === 'stream_exists' && exists) ||
    (expected === 'no_stream' && (head < 0 || softDeleted)) ||
    expected === head;
  if (!asExpected || (kind === 'delete' && !exists))
    return { kind: 'wrong-version', current: head < 0 ? undefined : head };
  return { kind: 'removed', position: stage(transaction, stream, kind).position };
}

function stage(transaction: Transaction, stream: string, kind: 'delete' | 'tombstone'): StoredEvent {
  if (kind === 'tombstone')
    return transaction.tombstone(stream, systemEvent('$streamDeleted', Buffer.alloc(0)));
  // Everything else that the metadata said is dropped with the events.
  const deletion = systemEvent('$metadata', withTruncateBefore({}, DELETED_TRUNCATE_BEFORE));
  return transaction.append(metastreamOf(stream), [deletion]);
}
