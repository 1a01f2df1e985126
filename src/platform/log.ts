import { pino, type DestinationStream, type Logger } from 'pino';
import { visibleJson } from './visible-text.js';

/** The log: lines of JSON (on standard output by default) that do nothing to the terminal that shows them. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = { level, hooks: { streamWrite: visibleJson } };
  return destination === undefined ? pino(options) : pino(options, destination);
}
