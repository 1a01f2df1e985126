import type { Command } from 'commander';
import { visible, visibleJson, visibleLines } from '../platform/visible-text.js';
import { tableLines, widthOf } from './table.js';

/*
 * The one place from which the CLI writes (a lint rule says so): what others have written (titles, prompts, reasons,
 * answers, events) shows up as it is and does nothing to the terminal, nor does it look like a line of ours.
 */

/** Prints one line. A newline in it is shown as a symbol. */
export function print(line = ''): void {
  process.stdout.write(`${visible(line)}\n`);
}

/** What stands at the foot of a terminal, to be drawn again: a line that is being typed, and above it one that grows. */
export interface Foot {
  /** Row of the cursor in what is drawn now, from 0. */
  readonly row: number;
  /** The line that grows. Its end is shown where it is too long; '' for none. */
  readonly tail: string;
}

/**
 * Prints lines above the foot of a terminal, or just prints them where there is none. What is typed is cleared, and to be
 * drawn again. Answers how many columns the line that grows takes.
 */
export function printAbove(lines: readonly string[], foot: Foot | null, out: NodeJS.WritableStream): number {
  const text = lines.map((line) => `${visible(line)}\n`).join('');
  if (foot === null) {
    out.write(text);
    return 0;
  }
  const { columns = 80 } = out as Partial<NodeJS.WriteStream>;
  const [tail, width] = endOf(visible(foot.tail), columns - 1);
  const up = foot.row > 0 ? `\x1b[${foot.row}A` : '';
  out.write(`${up}\r\x1b[J${text}${tail === '' ? '' : `${tail}\n`}`);
  return width;
}

/** The end of a text that fits into so many columns, and how many it takes. */
function endOf(text: string, columns: number): [string, number] {
  let width = 0;
  let end = '';
  for (const character of [...text].reverse()) {
    const more = widthOf(character);
    if (width + more > columns) break;
    width += more;
    end = character + end;
  }
  return [end, width];
}

/** Prints lines of two values each, with a tab between, for programs. */
export function printPairs(pairs: readonly (readonly [string, string])[]): void {
  for (const pair of pairs) process.stdout.write(`${pair.map((value) => visible(value)).join('\t')}\n`);
}

/** Prints text of several lines, each of them indented. */
export function printText(text: string, indent: string): void {
  for (const line of visibleLines(text).split('\n')) process.stdout.write(`${indent}${line}\n`);
}

/** Prints what went wrong on standard error, after whose error it is; further lines of it are indented. */
export function printError(whose: string, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${whose}: ${visibleLines(text).replaceAll('\n', '\n    ')}\n`);
}

/** Prints rows as a table with a heading; in a terminal it fits, and has colours unless NO_COLOR is set. */
export function printTable(headings: readonly string[], rows: readonly (readonly string[])[]): void {
  const { isTTY, columns } = process.stdout;
  const paper = { columns: isTTY ? columns : undefined, colour: isTTY && !process.env.NO_COLOR };
  for (const line of tableLines(headings, rows, paper)) process.stdout.write(`${line}\n`);
}

/** Prints a value as JSON, one document. */
export function printJson(value: unknown): void {
  process.stdout.write(`${jsonOf(value, 2)}\n`);
}

/** Prints a value as JSON, one line. */
export function printJsonLine(value: unknown): void {
  process.stdout.write(`${jsonOf(value)}\n`);
}

const jsonOf = (value: unknown, indent?: number): string =>
  visibleJson(
    JSON.stringify(
      value,
      (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item),
      indent,
    ) ?? 'null',
  );

/** Lines that are drawn again and again in the same place of a terminal. */
export class Picture {
  private lines = 0;

  constructor(private readonly out: NodeJS.WriteStream = process.stdout) {}

  /** Whether there is a terminal to draw on. */
  get isShown(): boolean {
    return this.out.isTTY;
  }

  /** Draws the rows over those of the time before, cut where the terminal ends. */
  draw(rows: readonly string[]): void {
    const up = this.lines > 0 ? `\x1b[${this.lines}A` : '';
    const shown = rows.map((row) => `\x1b[2K${visible(row).slice(0, this.out.columns)}\n`);
    this.out.write(`${up}${shown.join('')}`);
    this.lines = rows.length;
  }
}

/** For data that escapes itself, for progress bars and questions of ours: nothing else writes here. */
export const streams = { out: process.stdout, error: process.stderr };

/**
 * Has what a command (and those below it) says of its arguments go through here. Where commander would end the process, it
 * throws its error.
 */
export function withVisibleOutput(command: Command): Command {
  command.exitOverride().configureOutput({
    writeOut: (text) => void process.stdout.write(visibleLines(text)),
    writeErr: (text) => void process.stderr.write(visibleLines(text)),
  });
  command.commands.forEach(withVisibleOutput);
  return command;
}

/** Whoever reads us may have seen enough: `slipway streams tail | head`. */
export function endWhenNobodyReads(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

/** `3 min`, `2 h`, …: how long ago a time (ISO 8601) was. */
export function age(iso: string, now = Date.now()): string {
  const s = Math.max(0, Math.round((now - Date.parse(iso)) / 1_000));
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}
