import { stripVTControlCharacters } from 'node:util';

/** What a program has put out, without what a terminal would obey, but for the ends of lines (and tabs). */
export const plainText = (output: string): string =>
  stripVTControlCharacters(output)
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '');
