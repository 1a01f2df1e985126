import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BoundedLog } from '../dist/bounded-log.js';

describe('BoundedLog', () => {
  let directory: string;
  let file: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'slipway-log-test-'));
    file = join(directory, 'log');
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('goes on where the last one ended', () => {
    new BoundedLog(file, 100).write(Buffer.from('one\n'));
    new BoundedLog(file, 100).write(Buffer.from('two\n'));
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
  });

  it('keeps the newest lines in two files of the limit each, also across restarts', () => {
    for (let n = 1; n <= 1000; n++) {
      new BoundedLog(file, 100).write(Buffer.from(`line ${n}\n`));
      expect(statSync(file).size).toBeLessThanOrEqual(100);
    }
    expect(statSync(`${file}.1`).size).toBeLessThanOrEqual(100);
    expect(readFileSync(file, 'utf8')).toMatch(/line 1000\n$/);
    expect(readFileSync(`${file}.1`, 'utf8') + readFileSync(file, 'utf8')).toContain('line 990\n');
  });

  it('never fails its caller when the disk does', () => {
    mkdirSync(file); // Cannot be opened for writing.
    const log = new BoundedLog(file, 100);
    expect(() => log.write(Buffer.from('lost\n'))).not.toThrow();
  });
});
