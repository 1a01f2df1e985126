import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { isRunning, parseStat } from './process-tree.js';

describe('parseStat', () => {
  const line = (name: string, state: string) => `42 (${name}) ${state} ${'1 '.repeat(18)}987 0 0`;

  it.each(['sh', 'a b', 'x) S 1 (y', ') Z ('])('reads past the name "%s"', (name) => {
    expect(parseStat(line(name, 'S'))).toEqual({ pid: 42, startTime: '987' });
  });

  it.each([line('sh', 'Z'), line('sh', 'X'), '', 'nonsense', '42 (sh) S 1 2'])(
    'takes "%s" for no process',
    (text) => {
      expect(parseStat(text)).toBeNull();
    },
  );

  it('tells this process from an earlier one with its number', async () => {
    const self = parseStat(readFileSync('/proc/self/stat', 'latin1'))!;
    expect(await isRunning(self)).toBe(true);
    expect(await isRunning({ ...self, startTime: '1' })).toBe(false);
  });
});
