import { type LogPage, type LogSource, noLog } from '../../platform/sandbox-log.js';
import { linesOf } from '../local/log-pages.js';

const PAGE_BYTES = 64 << 10;
const NANOS = 1_000_000_000n;

/** The time after which the engine is asked for lines, as it wants it. */
export const sinceOf = (after: bigint): string =>
  `${after / NANOS}.${String(after % NANOS).padStart(9, '0')}`;

/**
 * The lines after a place in a container's log: the engine tells of each when it came, to the nanosecond, and that is its place.
 * So places stay right when the log is cut at its beginning, and when a container is made anew.
 * @param log as the engine gives it with times
 */
export function containerPage(log: Buffer, source: LogSource, after: bigint): LogPage {
  const lines: string[] = [];
  let next = after;
  let size = 0;
  for (const line of log.toString().split('\n')) {
    const [time = ''] = line.split(' ', 1);
    const at = nanosOf(time);
    if (at === null || at <= after) continue;
    // Lines of one moment stay together: a place is the moment.
    if (size > PAGE_BYTES && at > next) return { lines, next, more: true, restarted: false };
    lines.push(...linesOf(line.slice(time.length + 1), source));
    size += line.length;
    if (at > next) next = at;
  }
  return next === after ? noLog(after) : { lines, next, more: false, restarted: false };
}

function nanosOf(time: string): bigint | null {
  const [, seconds, nanos = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(time) ?? [];
  const ms = seconds === undefined ? NaN : Date.parse(`${seconds}Z`);
  return Number.isNaN(ms) ? null : (BigInt(ms) / 1_000n) * NANOS + BigInt(nanos.padEnd(9, '0'));
}
