import { describe, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { ProviderError } from './provider-error.js';
import { decode } from './task/fold.js';
import { FAILURES, FAILURE_CODES, knownCode, statusOf } from './failure-codes.js';

const DOCS = 'docs/failure-codes.md';

/** The table as people read it. */
async function rendered(): Promise<string> {
  const rows = FAILURE_CODES.map((code) => {
    const { title, advice, retryable } = FAILURES[code];
    return `| \`${code}\` | ${statusOf(code)} | ${retryable ? 'yes' : 'no'} | ${title} | ${advice} |`;
  });
  const text = [
    '# Failure codes',
    '',
    'The `code` of a problem, of a task in error and of events that say what failed. A code that is not known here (a newer writer stored it) reads as `unexpected`. The status is that of an answer that carries the code; "again" says whether the same thing, tried again without a change, may succeed.',
    '',
    '| code | status | again | what has happened | what to do |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
  return format(text, { ...(await resolveConfig(DOCS)), parser: 'markdown' });
}

describe('failure codes', () => {
  it('are in the docs as they are in the table (bring them up to date with: npm run docs:codes)', async () => {
    const table = await rendered();
    if (process.env.WRITE_DOCS === '1') await writeFile(DOCS, table);
    expect(await readFile(DOCS, 'utf8')).toBe(table);
  });

  it.each(FAILURE_CODES)('%s says what has happened and what to do, and has an error status', (code) => {
    const { title, advice } = FAILURES[code];
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(title).toMatch(/^\S.*[^.]$/);
    expect(advice).toMatch(/\.$/);
    expect(statusOf(code)).toBeGreaterThanOrEqual(400);
    expect(statusOf(code)).toBeLessThan(600);
  });

  it('advise what helps: an address that is not allowed needs no key, one without credentials does', () => {
    expect(FAILURES.remote_refused.advice).not.toMatch(/ssh key|credential/);
    expect(FAILURES.remote_unauthorized.advice).toMatch(/slipway credentials set/);
  });

  it('of a provider come with whether another attempt may help', () => {
    expect(new ProviderError('timeout', 'late').retryable).toBe(true);
    expect(new ProviderError('branch_taken', 'taken').retryable).toBe(false);
    expect(new ProviderError('agent_refused', 'no', { retryable: false }).retryable).toBe(false);
  });

  it.each(['from_the_future', '__proto__', 'constructor', ''])(
    '%j, stored by another writer, is unexpected',
    (code) => {
      expect(knownCode(code)).toBe('unexpected');
      const data = {
        stage: 'create_sandbox',
        attempts: 1,
        code,
        reason: 'r',
        at: '2026-01-02T03:00:18.123Z',
      };
      const stored = { type: 'ProvisioningFailed', stream: 'task-1', revision: 1n, data, metadata: {} };
      expect(decode(stored)?.data).toEqual({ ...data, code: 'unexpected' });
      expect(data.code).toBe(code);
    },
  );
});
