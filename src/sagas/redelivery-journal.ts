import { randomUUID } from 'node:crypto';
import {
  EventStoreRefusedError,
  WrongExpectedRevisionError,
  type EventStore,
} from '../events/store/event-store.js';
import { recordOf, type Note, type RedeliveryRecord } from './redelivery-record.js';

/** One stream for all processes: what was done about messages that came again after a crash. */
export const REDELIVERY_STREAM = 'slipway-redeliveries';
/** The store need not keep more of it. Seconds, and events. */
const LIMITS = { $maxAge: 7 * 86_400, $maxCount: 1_000 };

/** What lives of the process leave behind for the next one. Bounded; nothing in it is history. */
export class RedeliveryJournal {
  /** This life of the process. */
  private readonly life = randomUUID();
  private revision = -1n;
  private limited = false;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly store: EventStore) {}

  /** What other lives have noted. */
  async read(): Promise<RedeliveryRecord> {
    const notes: { life: string; note: Note }[] = [];
    for await (const { type, data, revision } of this.store.readStream(REDELIVERY_STREAM)) {
      if (revision > this.revision) this.revision = revision;
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
    await this.limitStream();
    const event = { id: randomUUID(), type, data: { life: this.life, ...rest }, metadata: {} };
    for (;;) {
      try {
        const expected = this.revision < 0n ? 'no_stream' : this.revision;
        this.revision = (await this.store.append(REDELIVERY_STREAM, [event], expected)).revision;
        return;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevisionError)) throw error;
        this.revision = error.actual;
      }
    }
  }

  /** Once a process: metadata that is there already, or that we may not write, is left as it is. */
  private async limitStream(): Promise<void> {
    if (this.limited) return;
    const event = { id: randomUUID(), type: '$metadata', data: LIMITS, metadata: {} };
    try {
      await this.store.append(`$$${REDELIVERY_STREAM}`, [event], 'no_stream');
    } catch (error) {
      const isSettled =
        error instanceof WrongExpectedRevisionError || error instanceof EventStoreRefusedError;
      if (!isSettled) throw error;
    }
    this.limited = true;
  }
}
