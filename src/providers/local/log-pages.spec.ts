import { describe, expect, it } from '@jest/globals';
import { bytesAtHand, linesOf, readPage } from './log-pages.js';

const page = (text: string, after = 0n, isQuiet = false) =>
  readPage(bytesAtHand(Buffer.from(text), isQuiet), 'sandbox', after);

/** All pages of a log, one after the other. */
async function all(text: string): Promise<string[][]> {
  const pages: string[][] = [];
  for (let after = 0n; ;) {
    const { lines, next, more } = await page(text, after, true);
    pages.push([...lines]);
    if (!more) return pages;
    expect(next).toBeGreaterThan(after);
    after = next;
  }
}

describe('pages of a log', () => {
  it('give lines that are ended, and go on where they ended', async () => {
    const first = await page('one\ntwo\nthr');
    expect(first).toMatchObject({ lines: ['one', 'two'], more: false, restarted: false });
    expect(await page('one\ntwo\nthree\n', first.next)).toMatchObject({ lines: ['three'] });
    expect(await page('one\ntwo\nthr', first.next)).toMatchObject({ lines: [], next: first.next });
  });

  it('give the end of a log whose writer is quiet also without the end of its line', async () => {
    expect(await page('one\ntw', 0n, true)).toMatchObject({ lines: ['one', 'tw'] });
  });

  it('begin anew where the log was emptied, also when it has grown further since', async () => {
    const { next } = await page('one\ntwo\n');
    for (const text of ['new\n', 'another\nand\nmore\nthan\nbefore\n']) {
      const anew = await page(text, next);
      expect(anew).toMatchObject({ restarted: true, lines: text.trimEnd().split('\n') });
      expect(await page(`${text}last\n`, anew.next)).toMatchObject({ restarted: false, lines: ['last'] });
    }
    const emptied = await page('', next);
    expect(emptied).toMatchObject({ restarted: true, lines: [], next: 0n });
  });

  it('are bounded, together are the log, and cut no character of a line that is longer than they are', async () => {
    const lines = Array.from({ length: 9_000 }, (_, n) => `${n} ${'x'.repeat(n % 40)}`);
    const pages = await all(`${lines.join('\n')}\n`);
    expect(pages.length).toBeGreaterThan(2);
    expect(pages.flat()).toEqual(lines);
    const long = 'é€😀'.repeat(30_000);
    const pieces = await all(`x${long}\n`);
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.flat().join('')).toBe(`x${long}`);
  });

  it('leave out what a terminal would obey', () => {
    expect(linesOf('\x1b[31mred\x1b[0m\x07\r\n\x1b]0;title\x07tab\there\0\n', 'setup')).toEqual([
      'red',
      'tab\there',
    ]);
  });

  it("give of the agent server's lines those that an agent has written", () => {
    const at = '2026-11-27T07:16:17.276108261Z';
    const line = (words: string) =>
      `ts=${at} level=info target=acp_http_adapter::process message="agent stderr: ${words}" line_number=1 age_ms=18\n`;
    const text = `ts=${at} level=info target=sandbox_agent::cli message="server listening"\n${line('say \\"hello\\" \\\\o/')}`;
    expect(linesOf(text, 'agent')).toEqual([`${at} say "hello" \\o/`]);
    expect(linesOf(text, 'sandbox')).toHaveLength(2);
  });
});
