import { crc32 } from 'node:zlib';
import { readPart } from '../../platform/plain-files.js';
import { type LogPage, type LogSource, noLog } from '../../platform/sandbox-log.js';
import { plainText } from './plain-text.js';

const PAGE_BYTES = 64 << 10;
/** Of a line that is not ended by then, what there is of it is given. */
const QUIET_MS = 1_000;
/** By so many bytes before a place it is known again. */
const KNOWN_BY = 64;

/** A log as it lies somewhere: some of its bytes, how many there are, and whether more are not to be expected at once. */
type LogBytes = (
  from: number,
  count: number,
) => Promise<{ readonly bytes: Buffer; readonly size: number; readonly isQuiet: boolean } | undefined>;

/** A log that is a file, which may be emptied at any time. */
export const fileBytes =
  (file: string): LogBytes =>
  async (from, count) => {
    const part = await readPart(file, from, count);
    return part && { ...part, isQuiet: Date.now() - part.changedMs > QUIET_MS };
  };

/** A log that is at hand as a whole. */
export const bytesAtHand =
  (all: Buffer, isQuiet: boolean): LogBytes =>
  (from, count) =>
    Promise.resolve({ bytes: all.subarray(from, from + count), size: all.length, isQuiet });

/**
 * The lines after a place. A place is how far into the log it is and a checksum of what stands before it: one whose log was
 * emptied meanwhile is told from one that is still there, and nothing has to be remembered.
 */
export async function readPage(read: LogBytes, source: LogSource, after: bigint): Promise<LogPage> {
  const at = Number(after >> 32n);
  const from = Math.max(0, at - KNOWN_BY);
  const got = await read(from, at - from + PAGE_BYTES);
  if (got === undefined) return noLog(after);
  const before = got.bytes.subarray(0, at - from);
  if (after !== 0n && placeOf(at, before) !== after) {
    const anew = await readPage(read, source, 0n);
    return { ...anew, restarted: true };
  }
  const rest = got.bytes.subarray(at - from);
  const isEnd = at + rest.length >= got.size;
  const taken = rest.subarray(0, wholeLines(rest, isEnd && got.isQuiet));
  const next = at + taken.length;
  const known = got.bytes.subarray(0, next - from);
  return {
    lines: linesOf(taken.toString(), source),
    next: taken.length === 0 ? after : placeOf(next, known),
    more: !isEnd && taken.length > 0,
    restarted: false,
  };
}

/** How many of the bytes are lines that are ended; of one that is longer than a page, or ends the log, what there is of it. */
function wholeLines(bytes: Buffer, isOver: boolean): number {
  const ended = bytes.lastIndexOf(0x0a) + 1;
  if (isOver) return bytes.length;
  if (ended > 0 || bytes.length < PAGE_BYTES) return ended;
  let cut = bytes.length;
  // Not within a character.
  while (cut > bytes.length - 4 && (bytes[cut - 1]! & 0xc0) === 0x80) cut--;
  return bytes[cut - 1]! >= 0xc0 ? cut - 1 : bytes.length;
}

const placeOf = (at: number, before: Buffer): bigint =>
  at === 0 ? 0n : (BigInt(at) << 32n) | BigInt(crc32(before.subarray(-KNOWN_BY)));

/** The server's line about a line that an agent wrote on standard error. */
const OF_AGENT =
  /^ts=(\S+) level=\S+ target=acp_http_adapter::process message="agent stderr: (.*)" line_number=\d+/;

/** What a log's text says of a source, line by line. */
export function linesOf(text: string, source: LogSource): string[] {
  const lines = plainText(text).toWellFormed().split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (source !== 'agent') return lines;
  return lines.flatMap((line) => {
    const [, time, words] = OF_AGENT.exec(line) ?? [];
    return time === undefined || words === undefined ? [] : [`${time} ${words.replace(/\\(["\\])/g, '$1')}`];
  });
}
