/** For so long somebody may send as fast as is read, without a pause, in milliseconds. */
const LONGEST_MS = 30_000;

/** How fast frames are read: so many in a second, and a second's worth at once. */
export class FrameRate {
  private left: number;
  private countedAt: number;
  /** Since when there was never half a second's worth left; null: there is. */
  private busySince: number | null = null;

  /** @param perS frames a second; 0: any number @param now milliseconds of a clock that only rises */
  constructor(
    private readonly perS: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.left = perS;
    this.countedAt = now();
  }

  /** Whether it was never idle for so long that nobody means it. */
  get isFlood(): boolean {
    return this.busySince !== null && this.now() - this.busySince > LONGEST_MS;
  }

  /** Counts a frame. @return milliseconds until it may be read; 0: now */
  take(): number {
    if (this.perS === 0) return 0;
    const now = this.now();
    this.left = Math.min(this.perS, this.left + ((now - this.countedAt) * this.perS) / 1_000);
    this.countedAt = now;
    if (this.left >= this.perS / 2) this.busySince = null;
    this.left -= 1;
    if (this.left >= 0) return 0;
    this.busySince ??= now;
    return (-this.left * 1_000) / this.perS;
  }
}
