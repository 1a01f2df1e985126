import type { DestinationStream, Logger } from 'pino';
import { createLog } from '../platform/log.js';
import { visible, visibleLines } from '../platform/visible-text.js';
import { isTerminal, printAsIs } from './terminal.js';

/** The service's log: lines for people in a terminal, JSON for programs everywhere else. */
export async function serviceLog(level: string): Promise<Logger> {
  if (!isTerminal()) return createLog(level);
  return createLog(level, await readableLines(printAsIs, !process.env.NO_COLOR));
}

/** Takes a logger's JSON and writes it for people: local time, level, message, the rest behind it. */
export async function readableLines(
  write: (text: string) => void,
  colorize: boolean,
): Promise<DestinationStream> {
  const { prettyFactory } = await import('pino-pretty');
  const readable = prettyFactory({
    colorize,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname',
    singleLine: true,
  });
  return { write: (line) => write(readable(harmless(line))) };
}

/** A record of the log in which nothing is left that a terminal would obey. Only stacks have lines. */
const harmless = (line: string): unknown =>
  JSON.parse(line, (key, value: unknown) => {
    if (typeof value !== 'string') return value;
    return key === 'msg' ? visible(value) : visibleLines(value);
  });
