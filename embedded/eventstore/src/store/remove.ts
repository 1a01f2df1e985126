import { type Expected, hasMetadata, systemEvent, writeTruncateBefore } from './append.js';
import type { StoredEvent } from './event.js';
import { DELETED_TRUNCATE_BEFORE, metastreamOf } from './streamState.js';
import type { Transaction } from './transaction.js';

export type RemoveOutcome =
  | { kind: 'removed'; position: number }
  | { kind: 'wrong-version'; current: number | undefined }
  | { kind: 'deleted' };

/**
 * Decides a delete and stages it. A soft delete truncates the stream and needs one that exists, if only by its
 * metadata; a tombstone also closes a name that was never used.
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
  const asExpected =
    expected === 'any' ||
    (expected === 'stream_exists' ? exists : (expected === 'no_stream' ? -1 : expected) === head);
  if (!asExpected || (kind === 'delete' && !exists))
    return { kind: 'wrong-version', current: head < 0 ? undefined : head };
  return { kind: 'removed', position: stage(transaction, stream, kind).position };
}

function stage(transaction: Transaction, stream: string, kind: 'delete' | 'tombstone'): StoredEvent {
  if (kind === 'tombstone')
    return transaction.tombstone(stream, systemEvent('$streamDeleted', Buffer.alloc(0)));
  writeTruncateBefore(transaction, stream, DELETED_TRUNCATE_BEFORE);
  return transaction.latest(metastreamOf(stream))!;
}
