import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parseStat, processIdentity } from '../src/process-identity.js';

describe('parseStat', () => {
  const line = (name: string, state: string) => `42 (${name}) ${state} ${'1 '.repeat(18)}987 0 0`;

  it.each(['sh', 'a b', 'x) S 1 (y', ') Z ('])('reads past the name "%s"', (name) => {
    expect(parseStat(line(name, 'S'))).toEqual({ pid: 42, startTime: '987' });
  });

  it.each([line('sh', 'Z'), line('sh', 'X'), '', 'nonsense', '42 (sh) S 1 2'])(
    'takes "%s" for no process',
    (text) => {
      expect(parseStat(text)).toBeUndefined();
    },
  );

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('finds what the identity of this process is made of', () => {
    const self = parseStat(readFileSync('/proc/self/stat', 'latin1'))!;
    expect(self.pid).toBe(process.pid);
    expect(processIdentity(process.pid)).toMatch(new RegExp(`^[\\da-f-]{36}:${self.startTime}$`));
  });
});
