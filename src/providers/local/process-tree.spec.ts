import { describe, expect, it } from '@jest/globals';
import { parseStat } from '@slipway/process-lock';
import { readFileSync } from 'node:fs';
import { isRunning } from './process-tree.js';

describe('isRunning', () => {
  it('tells this process from an earlier one with its number', async () => {
    const self = parseStat(readFileSync('/proc/self/stat', 'latin1'))!;
    expect(await isRunning(self)).toBe(true);
    expect(await isRunning({ ...self, startTime: '1' })).toBe(false);
  });
});
