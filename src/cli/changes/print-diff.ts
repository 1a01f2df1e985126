import { visibleLines } from '../../platform/visible-text.js';

/**
 * Writes a diff as it comes and as fast as it is taken. For a terminal each whole line is made harmless first; a file or a
 * pipe gets what git printed.
 */
export async function printDiff(pieces: AsyncIterable<string>, out: NodeJS.WriteStream): Promise<void> {
  let rest = '';
  for await (const piece of pieces) {
    if (!out.isTTY) {
      await write(out, piece);
      continue;
    }
    const text = rest + piece;
    const end = text.lastIndexOf('\n') + 1;
    rest = text.slice(end);
    if (end > 0) await write(out, visibleLines(text.slice(0, end)));
  }
  if (rest !== '') await write(out, `${visibleLines(rest)}\n`);
}

function write(out: NodeJS.WriteStream, text: string): Promise<void> | undefined {
  if (out.write(text)) return undefined;
  return new Promise((resolve) => out.once('drain', () => resolve()));
}
