/** So many lines are kept; of more, the first are let go. */
export const MOST_LINES = 5_000;

/** The lines with those that came after them. */
export function withLines(before: readonly string[], more: readonly string[]): readonly string[] {
  return [...before, ...more].slice(-MOST_LINES);
}
