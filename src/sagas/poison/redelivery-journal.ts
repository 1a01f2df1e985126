import { randomUUID } from 'node:crypto';
import { BoundedStream } from '../../store/bounded-stream.js';
import type { EventStore } from '../../store/event-store.js';

/** What lives of the process note about messages that came again after a crash. */
export type Note =
  /** These of them are in hand from now on, and no others. */
  | { readonly type: 'InHand'; readonly messages: readonly string[] }
  /** Nothing at all is in hand for a while: who dies meanwhile dies of something else. */
  | { readonly type: 'QuietBegun' }
  /** This one is in hand, and nothing else at all. */
  | { readonly type: 'AloneBegun'; readonly message: string }
  /** Others are in hand beside it from now on. */
  | { readonly type: 'OthersJoined'; readonly message: string }
  /** It has come through, or lived for so long that it is not to blame for what comes. */
  | { readonly type: 'AloneEnded'; readonly message: string }
  | { readonly type: 'GivenUp'; readonly message: string };

export interface RedeliveryRecord {
  /** What the life before had in hand when it ended; empty when that is not known, or was nothing. */
  readonly candidates: ReadonlySet<string>;
  /** By message: in how many lives, one after the other, the process ended while it ran alone. */
  readonly deaths: ReadonlyMap<string, number>;
}

/** What the notes of all lives, in their order, tell the life that reads them. Pure. */
export function recordOf(notes: Iterable<{ readonly life: string; readonly note: Note }>, reader: string) {
  const deaths = new Map<string, number>();
  let candidates = new Set<string>();
  /** The life that waits with nothing in hand, as far as it is known. */
  let quiet: string | undefined;
  for (const { life, note } of notes) {
    if (life === reader) continue;
    if (quiet !== undefined && quiet !== life) deaths.clear();
    quiet = note.type === 'QuietBegun' ? life : undefined;
    switch (note.type) {
      case 'InHand':
        candidates = new Set(note.messages);
        break;
      case 'QuietBegun':
        candidates = new Set();
        break;
      case 'AloneBegun':
        candidates = new Set([note.message]);
        deaths.set(note.message, (deaths.get(note.message) ?? 0) + 1);
        break;
      case 'OthersJoined': {
        const before = (deaths.get(note.message) ?? 0) - 1;
        if (before > 0) deaths.set(note.message, before);
        else deaths.delete(note.message);
        break;
      }
      case 'AloneEnded':
      case 'GivenUp':
        candidates.delete(note.message);
        deaths.delete(note.message);
    }
  }
  if (quiet !== undefined) deaths.clear();
  return { candidates, deaths } satisfies RedeliveryRecord;
}

/** One stream for all processes: what was done about messages that came again after a crash. */
const REDELIVERY_STREAM = 'slipway-redeliveries';
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
