import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { runProgram, RunTimeoutError } from './run-program.js';

const never = new AbortController().signal;
const options = { env: { PATH: process.env['PATH'] ?? '' }, signal: never, timeoutMs: 10_000 };
const sh = (script: string, more: Partial<Parameters<typeof runProgram>[2]> = {}) =>
  runProgram('/bin/sh', ['-c', script], { ...options, ...more });
const isAlive = (pid: string) => {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
};

describe('runProgram', () => {
  it('gives exit code and output, and the input to read', async () => {
    expect(await sh('read line; echo "got $line"; echo bad >&2; exit 3', { input: 'x\n' })).toEqual({
      code: 3,
      stdout: 'got x\n',
      stderr: 'bad\n',
    });
  });

  it('passes on nothing of our environment', async () => {
    process.env['SLIPWAY_TEST_LEAK'] = '1';
    expect((await sh('env')).stdout).not.toContain('SLIPWAY_TEST_LEAK');
    delete process.env['SLIPWAY_TEST_LEAK'];
  });

  it('drops what exceeds its limit of output', async () => {
    expect((await sh('head -c 3000000 /dev/zero')).stdout.length).toBe(1 << 20);
  });

  it('ends the whole group on time-out, also what ignores SIGTERM', async () => {
    const file = `/tmp/slipway-run-${process.pid}`;
    const script = `trap '' TERM; sh -c 'trap "" TERM; echo $$ > ${file}; while :; do sleep 1; done' & wait; wait`;
    await expect(sh(script, { timeoutMs: 300 })).rejects.toBeInstanceOf(RunTimeoutError);
    expect(isAlive(readFileSync(file, 'utf8').trim())).toBe(false);
  });

  it('rejects with the reason of the abort', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => abort.abort(reason), 50);
    await expect(sh('sleep 20', { signal: abort.signal })).rejects.toBe(reason);
  });

  it('rejects for a program that is not there', async () => {
    await expect(runProgram('/nowhere/at-all', [], options)).rejects.toThrow(/ENOENT/);
  });
});
