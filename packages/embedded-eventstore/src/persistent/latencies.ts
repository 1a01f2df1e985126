const KEPT = 1000;

/** Times from delivery to acknowledgement, in milliseconds: the extra statistics of a connection. */
export class Latencies {
  private readonly times: number[] = [];
  private next = 0;

  add(ms: number): void {
    this.times[this.next++ % KEPT] = ms;
  }

  /** Name and value, as the protocol lists them. */
  measurements(): [string, number][] {
    const sorted = [...this.times].sort((a, b) => a - b);
    const at = (share: number) =>
      Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
    const mean = sorted.reduce((sum, ms) => sum + ms, 0) / Math.max(1, sorted.length);
    return [
      ['Mean', Math.round(mean)],
      ['Median', at(0.5)],
      ['Fastest', at(0)],
      ['Quintile 1', at(0.2)],
      ['Quintile 2', at(0.4)],
      ['Quintile 3', at(0.6)],
      ['Quintile 4', at(0.8)],
      ['Quintile 5', at(1)],
      ['90%', at(0.9)],
      ['95%', at(0.95)],
      ['99%', at(0.99)],
      ['99.5%', at(0.995)],
      ['99.9%', at(0.999)],
      ['Highest', at(1)],
    ];
  }
}
