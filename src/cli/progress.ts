import { Presets, SingleBar } from 'cli-progress';
import { visible } from '../platform/visible-text.js';
import { streams } from './output.js';

/** What is quicker than this needs no bar. */
const SHOW_AFTER_MS = 1_000;

/** Something that takes a while and can say how far it is. */
export interface Progress {
  /**
   * @param done as far as this, in the unit of `total`
   * @param count things handled so far, for the rate
   * @param doing what is being done now, in place of the label
   */
  update(done: number, count?: number, doing?: string): void;
  /** Leaves the terminal as it was found. */
  stop(): void;
}

/**
 * A bar with rate and time left on standard error, once something has taken longer than a second. None
 * when standard error is no terminal, or with `quiet` (for `--json`).
 * @param unit what is counted, for people: `events`, `tasks`
 */
export function startProgress(
  label: string,
  total: number,
  { quiet = false, unit = 'events', out = streams.error as NodeJS.WriteStream } = {},
): Progress {
  if (quiet || !out.isTTY) return { update: () => undefined, stop: () => undefined };
  const begun = performance.now();
  let bar: SingleBar | undefined;
  return {
    update(done, count = done, doing = label) {
      const elapsed = performance.now() - begun;
      if (bar === undefined && elapsed < SHOW_AFTER_MS) return;
      const shown = {
        doing: visible(doing),
        count: count.toLocaleString('en'),
        rate: rateOf(count, elapsed),
      };
      if (bar === undefined) {
        const format = `{doing} {bar} {percentage} % | {count} ${unit} | {rate}/s | {eta_formatted} left`;
        bar = new SingleBar(
          { format, stream: out, hideCursor: true, clearOnComplete: true, etaBuffer: 50, gracefulExit: true },
          Presets.shades_classic,
        );
        bar.start(Math.max(total, done), done, shown);
      } else {
        if (done > bar.getTotal()) bar.setTotal(done);
        bar.update(done, shown);
      }
    },
    stop: () => bar?.stop(),
  };
}

const rateOf = (count: number, elapsedMs: number): string =>
  Math.round((count * 1_000) / elapsedMs).toLocaleString('en');
