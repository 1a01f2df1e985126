import { randomUUID } from 'node:crypto';
import { BoundedStream } from '../../store/bounded-stream.js';
import type { EventStore } from '../../store/event-store.js';
import { recordOf, type Note, type RedeliveryRecord } from './redelivery-record.js';

/** One stream for all processes: what was done about messages that came again after a crash. */
export const REDELIVERY_STREAM = 'slipway-redeliveries';
/** The store need not keep more of it. Seconds, and events. */
const LIMITS = { $maxAge: 7 * 86_400, $maxCount: 1_000 };

/** What lives of the process leave behind for the next one. Bounded; nothing in it is history. */
export class RedeliveryJournal {
  /** This life of the process. */
  private readonly life = randomUUID();
  private readonly stream: BoundedStream;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly store: EventStore) {
    this.stream = new BoundedStream(store, REDELIVERY_STREAM, LIMITS);
  }

  /** What other lives have noted. */
  async read(): Promise<RedeliveryRecord> {
    const notes: { life: string; note: Note }[] = [];
    for await (const { type, data, revision } of this.store.readStream(REDELIVERY_STREAM)) {
      this.stream.seen(revision);
      const { life, ...note } = data as { life: string };
      notes.push({ life, note: { type, ...note } as Note });
    }
    return recordOf(notes, this.life);
  }

  /** Stores a note. Notes of one process are stored one after the other; one that is made by a call is made when its turn comes. */
  note(note: Note | (() => Note)): Promise<void> {
    const noted = this.last.then(() => this.append(typeof note === 'function' ? note() : note));
    this.last = noted.catch(() => undefined);
    return noted;
  }

  private async append({ type, ...rest }: Note): Promise<void> {
    await this.stream.append({ id: randomUUID(), type, data: { life: this.life, ...rest }, metadata: {} });
  }
}
