import { describe, expect, it } from '@jest/globals';
import { containerPage, sinceOf } from './container-log.js';

const line = (nanos: string, words: string) => `2026-11-27T07:16:16.${nanos}Z ${words}\n`;
const FIRST = 1_795_763_776_000_000_001n;

describe("pages of a container's log", () => {
  it('give lines without their times, and take these for places', () => {
    const log = Buffer.from(line('000000001', 'one') + line('000000002', '\x1b[1mtwo\x1b[0m'));
    const { next, ...page } = containerPage(log, 'sandbox', 0n);
    expect(page).toEqual({ lines: ['one', 'two'], more: false, restarted: false });
    expect(next).toBe(FIRST + 1n);
    expect(containerPage(log, 'sandbox', FIRST)).toMatchObject({ lines: ['two'] });
    expect(containerPage(log, 'sandbox', next)).toMatchObject({ lines: [], next });
    expect(sinceOf(FIRST)).toBe('1795763776.000000001');
    expect(sinceOf(0n)).toBe('0.000000000');
  });

  it('are bounded, and keep lines of one moment together', () => {
    const words = 'x'.repeat(1_000);
    const log = Buffer.from(
      Array.from({ length: 200 }, (_, n) => line(String(Math.floor(n / 2)).padStart(9, '0'), words)).join(''),
    );
    const lines: string[] = [];
    let pages = 0;
    for (let after = 0n, more = true; more; pages++) {
      const page = containerPage(log, 'setup', after);
      lines.push(...page.lines);
      ({ next: after, more } = page);
    }
    expect(pages).toBeGreaterThan(2);
    expect(lines).toHaveLength(200);
  });

  it('heed no line that has no time', () => {
    expect(containerPage(Buffer.from('what\nfor\n'), 'sandbox', 0n)).toMatchObject({ lines: [], next: 0n });
  });
});
