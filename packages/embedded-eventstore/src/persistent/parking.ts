import { randomUUID } from 'node:crypto';
import { append, writeTruncateBefore } from '../store/append.js';
import { LINK_TYPE, type StoredEvent, TOMBSTONE_REVISION } from '../store/event.js';
import type { Journal } from '../store/journal.js';
import { remove } from '../store/remove.js';
import type { Store } from '../store/store.js';
import { firstVisible, isSoftDeleted, metastreamOf } from '../store/stream-state.js';
import type { Transaction } from '../store/transaction.js';

/**
 * The events that a group has given up, as links in a stream of their own. Replayed ones are truncated from it
 * when they have been settled, not when they are handed out: a crash in between loses none.
 */
export class Parking {
  readonly stream: string;
  /** Revisions handed out and not settled. */
  private readonly replaying = new Set<number>();
  private next: number | undefined;
  private end = 0;

  constructor(
    private readonly store: Store,
    private readonly journal: Journal,
    group: string,
  ) {
    this.stream = `$persistentsubscription-${group}-parked`;
    if (isSoftDeleted(store.stream(this.stream)))
      journal.submit(
        (transaction) => unhide(transaction, this.stream),
        () => undefined,
        // The next start tries again.
        () => undefined,
      );
  }

  /** Events that wait to be replayed. */
  get count(): number {
    const state = this.store.stream(this.stream);
    return state ? Math.max(0, state.head + 1 - Math.max(firstVisible(state), this.next ?? 0)) : 0;
  }

  /** Parks an event; resolves when that is durable. */
  async park(event: StoredEvent, reason: string): Promise<void> {
    const link = {
      id: randomUUID(),
      type: LINK_TYPE,
      contentType: 'application/octet-stream',
      data: Buffer.from(
        `${event.revision === TOMBSTONE_REVISION ? '9223372036854775807' : event.revision}@${event.stream}`,
      ),
      metadata: Buffer.from(JSON.stringify({ added: new Date().toISOString(), reason })),
    };
    // Not straight into the log: a stream that was deleted with an earlier group of this name comes back with it.
    const { kind } = await this.journal.write((transaction) =>
      append(transaction, this.stream, 'any', [link]),
    );
    if (kind !== 'appended') throw new Error(`Nothing can be parked: ${this.stream} has been tombstoned.`);
  }

  /** Asks for the parked events, or the first `limit` of them. */
  replay(limit: number): void {
    const state = this.store.stream(this.stream);
    if (!state) return;
    this.next ??= firstVisible(state);
    this.end = Math.min(state.head + 1, Math.max(this.next, firstVisible(state)) + limit);
  }

  /** The next events of a replay that was asked for. */
  take(limit: number): StoredEvent[] {
    const state = this.store.stream(this.stream);
    if (!state || this.next === undefined || this.next >= this.end) return [];
    const chunk = this.store.readStream(state, this.next, Math.min(limit, this.end - this.next));
    this.next = chunk.next;
    for (const event of chunk.events) this.replaying.add(event.revision);
    return chunk.events;
  }

  /** A replayed event is done with, or parked anew. */
  settled(revision: number): void {
    this.replaying.delete(revision);
    const state = this.store.stream(this.stream);
    const before = Math.min(this.next ?? 0, ...this.replaying);
    if (!state || before <= state.truncateBefore) return;
    this.journal.submit(
      (transaction) => writeTruncateBefore(transaction, this.stream, String(before)),
      () => undefined,
      // Not truncated means replayed again at worst; the next one that settles tries again.
      () => undefined,
    );
  }

  /** Removes the parked events with their group. */
  async delete(): Promise<void> {
    if (this.store.stream(this.stream))
      await this.journal.write((transaction) => remove(transaction, this.stream, 'any', 'delete'));
  }
}

/** Older versions parked into a stream that stayed deleted with an earlier group of the name: shows what that hid. */
function unhide(transaction: Transaction, stream: string): void {
  const state = transaction.stream(stream);
  const deleted = transaction.latest(metastreamOf(stream))?.position;
  if (!state || !isSoftDeleted(state) || deleted === undefined) return;
  let first = state.head + 1;
  while ((transaction.at(state, first - 1)?.position ?? 0) > deleted) first--;
  if (first <= state.head) writeTruncateBefore(transaction, stream, String(first));
}
