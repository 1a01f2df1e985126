import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { branchNameProblem, existingBranchProblem } from './branch-name.js';

const gitAccepts = (name: string): boolean =>
  spawnSync('git', ['check-ref-format', '--branch', name], { stdio: 'ignore' }).status === 0;

describe('branchNameProblem', () => {
  it.each(['feat/login', 'fix-1', 'a', 'A.b_c-d/e', '0', 'x'.repeat(100), 'heads/x', 'overhead', 'deadbeef'])(
    'accepts %s',
    (name) => {
      expect(branchNameProblem(name)).toBeNull();
      expect(gitAccepts(name)).toBe(true);
    },
  );

  it.each([
    ['', /empty/],
    ['x'.repeat(101), /at most 100/],
    ['--upload-pack=id', /begin with a letter/],
    ['-b', /begin with a letter/],
    ['/a', /begin with a letter/],
    ['.a', /begin with a letter/],
    ['@{-1}', /begin with a letter/],
    ['a b', /only contain/],
    ['a\n', /only contain/],
    ['a~1', /only contain/],
    ['a:b', /only contain/],
    ['a@{1}', /only contain/],
    ['ä', /begin with a letter/],
    ['a..b', /"\.\."/],
    ['a//b', /"\/\/"/],
    ['a/', /end with "\/"/],
    ['a.', /end with "\."/],
    ['a/.b', /begin with "\."/],
    ['a.lock', /\.lock/],
    ['a.lock/b', /\.lock/],
    ['refs/heads/a', /without "refs/],
    ['refs', /without "refs/],
    ['HEAD', /of its own/],
    ['head', /of its own/],
    ['FETCH_HEAD', /of its own/],
    ['0123456789abcdef0123456789abcdef01234567', /commit id/],
  ])('refuses %j', (name, reason) => {
    expect(branchNameProblem(name)).toMatch(reason);
  });

  it('is never laxer than git', () => {
    const part = fc.constantFrom(
      'a',
      'B',
      '9',
      '.',
      '..',
      '/',
      '-',
      '_',
      '.lock',
      '@',
      '{',
      '~',
      'HEAD',
      'refs/',
      ' ',
    );
    const name = fc.oneof(
      fc.array(part, { minLength: 1, maxLength: 7 }).map((parts) => parts.join('')),
      fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,12}$/),
    );
    let accepted = 0;
    fc.assert(
      fc.property(name, (text) => {
        if (branchNameProblem(text) !== null) return;
        accepted++;
        expect(gitAccepts(text)).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});

describe('a branch that exists already', () => {
  it.each(['TICKET-123@add', 'feature/#12-login', 'c++', '_wip', 'fix/größe', 'v1.0+build.5', 'main'])(
    'may be called %s, as git allows it',
    (name) => expect(existingBranchProblem(name)).toBeNull(),
  );

  it.each([
    '',
    '-x',
    '--upload-pack=x',
    'a..b',
    'a b',
    'a\n',
    'a\0',
    '@',
    'a@{1}',
    'a/.b',
    'a.lock',
    'a//b',
    '/a',
    'a/',
  ])('is never called %j', (name) => expect(existingBranchProblem(name)).not.toBeNull());
  it.each([
    'a.',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    'refs/heads/a',
    'HEAD',
    'a\ud800',
    'x'.repeat(101),
  ])('is not called %j either', (name) => expect(existingBranchProblem(name)).not.toBeNull());
});
