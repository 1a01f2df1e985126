import { inspect } from 'node:util';
import { visibleLines } from '../platform/visible-text.js';

/** Whether somebody reads what is printed as it comes. */
export const isTerminal = (): boolean => process.stdout.isTTY === true;

/** For text in which nothing of others is left as it was. */
export const printAsIs = (text: string): void => void process.stdout.write(text);

/** Prints lines for people as they are, and anything else whole, with its stack. */
export const printError = (error: unknown): void =>
  console.error(visibleLines(typeof error === 'string' ? error : inspect(error)));
