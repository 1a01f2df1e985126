import type { Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** So much is sent of the diff of one file, and of all. */
const MOST_OF_ONE = 4 << 20;
const MOST_OF_ALL = 32 << 20;
const NEWLINE = '\n'.charCodeAt(0);
/** The longest that one diff may take, however slow its reader is, in milliseconds. */
const LONGEST_MS = 300_000;

/**
 * Sends a diff as it is printed, no faster than it is taken; a reader that goes ends what prints it. What goes wrong before the
 * first piece is answered as any problem, later the connection is cut.
 * @param produce calls `print` with the pieces
 */
export async function sendDiff(
  response: Response,
  isOfOne: boolean,
  produce: (signal: AbortSignal, print: (pieces: AsyncGenerator<Buffer>) => Promise<void>) => Promise<void>,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('The reader of the diff has gone')));
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(LONGEST_MS)]);
  const most = isOfOne ? MOST_OF_ONE : MOST_OF_ALL;
  try {
    await produce(signal, async (pieces) => {
      const first = await pieces.next();
      response.status(200).type('text/x-diff; charset=utf-8').setHeader('Slipway-Diff-Limit', most);
      await pipeline(Readable.from(upTo(most, first, pieces), { objectMode: false }), response, { signal });
    });
  } catch (error) {
    if (!response.headersSent && !gone.signal.aborted) throw error;
    response.destroy();
  }
}

/** The pieces up to so many bytes, with a line of its own at the end that says that there was more. */
export async function* upTo(
  most: number,
  first: IteratorResult<Buffer, void>,
  rest: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  let left = most;
  let isInALine = false;
  try {
    for (let next = first; !next.done; next = await rest.next()) {
      const piece = next.value;
      if (piece.length > left) {
        const whole = piece.subarray(0, piece.subarray(0, left).lastIndexOf('\n') + 1);
        yield whole;
        // The line that is cut may have begun in the piece before, which is sent.
        if (isInALine && whole.length === 0) yield Buffer.from('\n');
        yield Buffer.from(`\\ Slipway: cut off, the diff is longer than ${most} bytes\n`);
        return;
      }
      left -= piece.length;
      isInALine = piece.at(-1) !== NEWLINE;
      yield piece;
    }
  } finally {
    await rest.return(undefined);
  }
}
