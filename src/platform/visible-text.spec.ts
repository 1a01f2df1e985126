import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PassThrough } from 'node:stream';
import { createLog } from './log.js';
import { Picture } from '../cli/output.js';
import { visible, visibleJson, visibleLines } from './visible-text.js';

const OBEYED = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/;
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...obeyed(), 'a') }),
);

function obeyed(): string[] {
  return Array.from({ length: 0x2100 }, (_, code) => String.fromCharCode(code)).filter((c) => OBEYED.test(c));
}

describe('text of others in a terminal', () => {
  it.each([
    ['\x1b[31mred\x1b]0;title\x07', '␛[31mred␛]0;title␇'],
    ['one\r\ntwo\tthree', 'one␍␊two␉three'],
    ['\x7f\x9b31m\u202etxt.exe', '␡\\u009b31m\\u202etxt.exe'],
    ['a\u2028b', 'a\\u2028b'],
    ['Größe 修复 😀 👩‍👩‍👧 עברית', 'Größe 修复 😀 👩‍👩‍👧 עברית'],
  ])('%j is shown as %s', (text, shown) => expect(visible(text)).toBe(shown));

  it('has nothing left in it that a terminal obeys, whatever it is', () =>
    fc.assert(
      fc.property(anyText, (text) => {
        expect(visible(text)).not.toMatch(OBEYED);
        expect(visibleLines(text).replace(/[\n\t]/g, '')).not.toMatch(OBEYED);
      }),
    ));

  it('may keep its lines', () => expect(visibleLines('a\tb\r\nc\rd\n\x1b[2J')).toBe('a\tb\nc␍d\n␛[2J'));

  it('is the same value as JSON', () =>
    fc.assert(
      fc.property(anyText, fc.constantFrom(undefined, 2), (text, indent) => {
        const json = visibleJson(JSON.stringify({ [text]: [text] }, null, indent));
        expect(json.replaceAll('\n', '')).not.toMatch(OBEYED);
        expect(JSON.parse(json)).toEqual({ [text]: [text] });
      }),
    ));

  it('is harmless in a picture that is drawn again and again, and cut where the terminal ends', () => {
    const out = Object.assign(new PassThrough(), { isTTY: true, columns: 8 });
    const picture = new Picture(out as unknown as NodeJS.WriteStream);
    picture.draw(['ab\x1b[9A\ncdefgh', 'two']);
    picture.draw(['one']);
    expect(String(out.read())).toBe('\x1b[2Kab␛[9A␊c\n\x1b[2Ktwo\n\x1b[2A\x1b[2Kone\n');
  });

  it('is harmless in the log, which stays JSON', () => {
    const lines: string[] = [];
    const log = createLog('info', { write: (line) => void lines.push(line) }).child({ task: '\x9b2J' });
    log.warn({ title: '\x1b[2J\u202e', err: new Error('\x9b31m') }, '\x7f\u2028');
    expect(lines.join('').trimEnd()).not.toMatch(OBEYED);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      title: '\x1b[2J\u202e',
      msg: '\x7f\u2028',
      task: '\x9b2J',
    });
  });
});
