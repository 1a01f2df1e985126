import { NOBODY, SEVERAL } from '../events/access/refusal-events.js';

/** What was refused to somebody, once. */
export interface Refusal {
  readonly code: string;
  /** Absent where nobody is known. */
  readonly actor?: string;
  readonly tokenId?: string;
  readonly address?: string;
  /** The caller's own. */
  readonly workspaceId?: string;
  readonly method?: string;
  readonly path?: string;
}

/** The same refused to the same caller from the same address, so many times. */
export interface CountedRefusal extends Refusal {
  readonly actor: string;
  readonly count: number;
  readonly firstAt: Date;
  readonly at: Date;
}

/** So many callers are told one by one between two times that they are taken; what others are refused is counted by code. */
const MOST_NAMED = 50;
/** In an hour: of those who are known, and as many of those who are not. */
const MOST_NAMED_AN_HOUR = 1_000;
const HOUR_MS = 3_600_000;

/**
 * Refusals that wait to be stored. However many there are, little is kept and little comes of it: a flood of them is a few
 * counts, and one from nobody takes no room from those of callers who are known.
 */
export class WaitingRefusals {
  private readonly waiting = new Map<string, CountedRefusal>();
  private hour = 0;
  private readonly named = { known: 0, unknown: 0 };

  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  add(refusal: Refusal, now: Date): void {
    const { code, actor = NOBODY, address = '' } = refusal;
    const key = JSON.stringify([code, actor, address]);
    if (this.waiting.has(key) || this.mayName(actor, now))
      this.count(key, { ...refusal, actor, count: 1, firstAt: now, at: now });
    else this.count(code, { code, actor: SEVERAL, count: 1, firstAt: now, at: now });
  }

  /** All that waits; nothing does then. */
  take(): CountedRefusal[] {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    return all;
  }

  /** Puts back what could not be stored. */
  putBack(refusals: readonly CountedRefusal[]): void {
    for (const refusal of refusals)
      this.count(
        refusal.actor === SEVERAL
          ? refusal.code
          : JSON.stringify([refusal.code, refusal.actor, refusal.address ?? '']),
        refusal,
      );
  }

  private mayName(actor: string, now: Date): boolean {
    const hour = Math.floor(now.getTime() / HOUR_MS);
    if (hour !== this.hour) Object.assign(this.named, { known: 0, unknown: 0 });
    this.hour = hour;
    const kind = actor === NOBODY ? 'unknown' : 'known';
    if (this.waiting.size >= MOST_NAMED || this.named[kind] >= MOST_NAMED_AN_HOUR) return false;
    this.named[kind]++;
    return true;
  }

  private count(key: string, refusal: CountedRefusal): void {
    const before = this.waiting.get(key);
    this.waiting.set(
      key,
      before === undefined
        ? refusal
        : {
            ...before,
            count: before.count + refusal.count,
            firstAt: before.firstAt < refusal.firstAt ? before.firstAt : refusal.firstAt,
            at: before.at > refusal.at ? before.at : refusal.at,
          },
    );
  }
}
