import { expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Git, GitError } from './git.js';

/** Before, each failure began with six lines about `info/grafts`, and often in the middle of a word. */
it('what git failed with comes without advice for somebody at a terminal', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'slipway-git-'));
  try {
    const repository = join(dir, 'bare.git');
    execFileSync('git', ['init', '--quiet', '--bare', repository]);
    const git = new Git({ home: dir, locks: false });
    const { signal } = new AbortController();
    const failed = git.run(['rev-list', '--max-count=1', '1'.repeat(40)], { cwd: repository, signal });
    await expect(failed).rejects.toMatchObject({
      message: `git rev-list failed: fatal: bad object ${'1'.repeat(40)}`,
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

it('of much that git said the last whole lines are told', () => {
  const line = (n: number) => `error: line ${n} ${'x'.repeat(80)}`;
  const said = [
    'hint: first',
    ...[1, 2, 3, 4, 5, 6, 7, 8].map(line),
    'remote: hint: again',
    'fatal: it',
  ].join('\n');
  const { message } = new GitError('fetch', 1, said);
  expect(message.length).toBeLessThan(530);
  expect(message).toMatch(/^git fetch failed: error: line \d x/);
  expect(message).toMatch(/\nfatal: it$/);
  expect(message).not.toContain('hint');
});
