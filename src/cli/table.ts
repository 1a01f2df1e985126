import { styleText } from 'node:util';
import { visible } from '../platform/visible-text.js';

/** Between two columns. */
const GAP = '  ';
/** No column is made narrower than this to fit. */
const NARROWEST = 8;
/** Two columns wide, in a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
/** A mark on the letter before it takes no room. */
const MARK = /\p{Mark}/u;

type Style = Parameters<typeof styleText>[0];
/** Words that a person looks for in a table. */
const STYLES: Readonly<Record<string, Style>> = {
  running: 'green',
  done: 'green',
  error: 'red',
  lost: 'red',
  unsure: 'red',
  yes: 'yellow',
  waiting_for_permission: 'yellow',
  killed: 'gray',
  archived: 'gray',
  withdrawn: 'gray',
};

/** What a table is written on. */
export interface Paper {
  /** Columns of the terminal; undefined where there is none: then nothing is cut. */
  readonly columns: number | undefined;
  readonly colour: boolean;
}

/**
 * The lines of a table with a heading. Columns are as wide as they need to be; where that is wider than the terminal, the
 * widest ones are cut, and what is cut ends in `…`. The first column names a thing and stays whole.
 */
export function tableLines(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { columns, colour }: Paper,
): string[] {
  const shown = [headings, ...rows].map((row) => row.map((cell) => visible(cell)));
  const needed = headings.map((_, i) => Math.max(...shown.map((row) => widthOf(row[i] ?? ''))));
  const widths = columns === undefined ? needed : fitted(needed, columns);
  return shown.map((row, n) => {
    const cells = row.map((cell, i) => {
      const text = cut(cell, widths[i]!);
      const padding = i === row.length - 1 ? '' : ' '.repeat(Math.max(0, widths[i]! - widthOf(text)));
      const style: Style | undefined = n === 0 ? 'bold' : STYLES[cell];
      // Whether to colour is decided by the caller, who knows where it goes.
      return `${colour && style !== undefined ? styleText(style, text, { validateStream: false }) : text}${padding}`;
    });
    return cells.join(GAP);
  });
}

/** Columns that a text takes in a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : MARK.test(character) ? 0 : 1;
  return width;
}

function fitted(needed: readonly number[], columns: number): number[] {
  const widths = [...needed];
  const total = () => widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
  while (total() > columns) {
    const widest = widths.indexOf(Math.max(...widths.slice(1)), 1);
    if (widest < 1 || widths[widest]! <= NARROWEST) break;
    widths[widest]! -= Math.min(
      total() - columns,
      widths[widest]! - NARROWEST,
      Math.max(1, gapBelow(widths, widest)),
    );
  }
  return widths;
}

/** By how much a column is wider than the widest of the others that may be cut. */
function gapBelow(widths: readonly number[], widest: number): number {
  return widths[widest]! - Math.max(NARROWEST, ...widths.filter((_, i) => i > 0 && i !== widest));
}

function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let start = '';
  let taken = 1;
  for (const character of text) {
    const more = widthOf(character);
    if (taken + more > width) break;
    taken += more;
    start += character;
  }
  return `${start}…`;
}
