import type { Journal } from '../store/journal.js';
import type { Transaction } from '../store/transaction.js';
import type { GroupSettings } from './settings.js';

/**
 * The place up to which a group is done with everything. It is stored with whatever commit comes along; else
 * when enough has been settled, and after a while. What is lost of it is only work done twice.
 */
export class Checkpoint {
  /** Events settled since it was stored. */
  settled = 0;
  private stored: number;
  private saving = false;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly journal: Journal,
    private readonly group: string,
    private readonly settings: GroupSettings,
    /** Nothing at or before this place is to be delivered. */
    private place: number,
    /** Whether anything has been settled, or it is still where the group started. */
    private reached: boolean,
  ) {
    this.stored = place;
    journal.companions.add(this.accompany);
  }

  /** The last place stored; undefined before the first. */
  get last(): number | undefined {
    return this.reached && this.stored >= 0 ? this.stored : undefined;
  }

  advance(place: number): void {
    if (place <= this.place || this.stopped) return;
    this.place = place;
    this.reached = true;
    this.schedule();
  }

  /** Stores it now, if there is anything to store. */
  save(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.saving || this.place === this.stored || this.stopped) return;
    this.saving = true;
    const done = () => {
      this.saving = false;
      this.schedule();
    };
    // The commit takes it along, like any other.
    this.journal.submit(this.accompany, done, done);
  }

  /** No more writes: the group is deleted or started anew. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.journal.companions.delete(this.accompany);
  }

  private schedule(): void {
    if (this.saving || this.place === this.stored || this.stopped) return;
    if (this.settled >= Math.max(1, this.settings.maxCheckpointCount)) this.save();
    else this.timer ??= setTimeout(() => this.save(), Math.max(1, this.settings.checkpointAfterMs)).unref();
  }

  private readonly accompany = (transaction: Transaction): void => {
    if (this.place === this.stored || this.stopped) return;
    transaction.setGroup(`checkpoint:${this.group}`, encodePlace(this.place));
    this.stored = this.place;
    this.settled = 0;
  };
}

function encodePlace(place: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(place);
  return bytes;
}
