/** In the place of what is left out of the middle of a long text. */
const mark = (count: number) => `\n[… ${count} characters are left out here …]\n`;

/** Characters of the longest mark. */
const LONGEST_MARK = mark(Number.MAX_SAFE_INTEGER).length;

/**
 * The text, at most `most` characters with the mark where it is cut in the middle (`most` is larger than a mark). NUL and halves of surrogate pairs,
 * which no database takes, are replaced.
 */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return storable(text);
  const half = Math.floor((most - LONGEST_MARK) / 2);
  const left = text.length - 2 * half;
  return storable(text.slice(0, half) + mark(left) + text.slice(text.length - half));
}

/** The text on one line, at most `most` characters of it. */
export function shortText(text: string, most: number): string {
  const line = storable(text.slice(0, most * 2))
    .replace(/\s+/g, ' ')
    .trim();
  return line.length <= most ? line : storable(`${line.slice(0, most - 1)}…`);
}

function storable(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text).toWellFormed();
}
