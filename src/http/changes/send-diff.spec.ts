import { describe, expect, it } from '@jest/globals';
import { upTo } from './send-diff.js';

async function cutAt(most: number, ...printed: string[]): Promise<string> {
  const pieces = (async function* () {
    for (const piece of printed) yield Buffer.from(piece);
  })();
  let sent = '';
  for await (const piece of upTo(most, await pieces.next(), pieces)) sent += piece.toString();
  return sent;
}

describe('a diff that is too long', () => {
  const CUT = '\\ Slipway: cut off, the diff is longer than 10 bytes\n';

  it('is sent whole up to its limit', async () => {
    expect(await cutAt(10, '+a\n', '+bcdef\n')).toBe('+a\n+bcdef\n');
  });

  it('is cut at the end of a line', async () => {
    expect(await cutAt(10, '+a\n+b\n+cdefghij\n')).toBe(`+a\n+b\n${CUT}`);
    expect(await cutAt(10, '+a\n+b\n', '+cdefghij\n')).toBe(`+a\n+b\n${CUT}`);
  });

  it('says so on a line of its own when the line that is cut was begun in the piece before', async () => {
    expect(await cutAt(10, '+a\n+bcd', 'efghij\n')).toBe(`+a\n+bcd\n${CUT}`);
    expect(await cutAt(10, '+a\n+b', 'c\n+efghij\n')).toBe(`+a\n+bc\n${CUT}`);
    expect(await cutAt(10, '+a\n+bcdefg', 'h')).toBe(`+a\n+bcdefg\n${CUT}`);
  });

  it('has nothing but the word of it when its first line is too long', async () => {
    expect(await cutAt(10, '+abcdefghij\n')).toBe(CUT);
  });
});
