import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { branchNameProblem } from '../../repository/branch-name.js';
import { MAX_CANDIDATES, branchCandidate, kindOf, titleOf } from './ensure-name.js';

const taskId = '7b0f7f2e-5a55-4a55-9a55-0123456789ab';
const title = (task: string, explicit: string | null = null) => titleOf({ task, title: explicit, taskId });
const branch = (of: string, n = 1) => branchCandidate(of, taskId, n);
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
);

describe('the title', () => {
  it.each([
    ['the explicit one', 'Something else', 'Language', 'Language'],
    ['else the first line of the prompt', 'Fix the login\nIt forgets the language.', null, 'Fix the login'],
    ['that is not empty', '\r\n  \n\t\n  Fix the login  \n', null, 'Fix the login'],
    ['also where the explicit one is blank', 'Fix the login', ' \t ', 'Fix the login'],
    ['on one line', 'Fix', 'Fix\nthe   login', 'Fix the login'],
    ['without what a terminal would obey', 'Fix \u001b[31mthe\u0007 login', null, 'Fix [31mthe login'],
    ['or the task, when there are no words at all', ' \n ', null, 'Task 7b0f7f2e'],
  ])('is %s', (_, task, explicit, expected) => expect(title(task, explicit)).toBe(expected));

  it('has at most 72 characters and ends with a word', () => {
    expect(title('x'.repeat(72))).toHaveLength(72);
    const long = title(`${'word '.repeat(20)}`);
    expect(long).toBe('word '.repeat(14).trim());
    expect(title(`${'a'.repeat(72)} tail`)).toBe('a'.repeat(72));
  });

  it('cuts what has no words in it, but no character', () => {
    expect(title('x'.repeat(100))).toBe('x'.repeat(72));
    expect(title('😀'.repeat(100))).toBe('😀'.repeat(72));
  });

  it('is one well-formed line of 1 to 72 characters, whatever the prompt', () =>
    fc.assert(
      fc.property(anyText, fc.option(anyText), (task, explicit) => {
        const made = title(task.toWellFormed(), explicit?.toWellFormed());
        expect([...made].length).toBeLessThanOrEqual(72);
        expect(made).toMatch(/\S/);
        expect(made).not.toMatch(/[\p{Cc}\n]/u);
        expect(made.isWellFormed()).toBe(true);
      }),
      { numRuns: 2_000 },
    ));
});

describe('the kind', () => {
  it.each([
    ['feat: dark mode', 'feat'],
    ['feature: dark mode', 'feat'],
    ['fix(login)!: language', 'fix'],
    ['Hotfix: language', 'fix'],
    ['docs: how to fix things', 'docs'],
    ['refactor(core): fix the bug', 'refactor'],
    ['chore: bump', 'chore'],
    ['the login has a bug', 'fix'],
    ['Fixes the login', 'fix'],
    ['explain it in the README', 'docs'],
    ['refactoring of the login', 'refactor'],
    ['note: fix the login', 'fix'],
    ['dark mode', 'feat'],
  ])('of %j is %s', (text, kind) => expect(kindOf(text)).toBe(kind));

  it.each([
    'prefix all paths',
    'a suffix, a fixture and a debugger',
    'add a docstring',
    'le préfix et le fixé',
    'the bug_report table',
    'docker image',
  ])('is never found in a part of a word: %j', (text) => expect(kindOf(text)).toBe('feat'));

  it.each(['constructor: add one', 'toString: add one', '__proto__: add one'])(
    'is not fooled by the names of JavaScript itself: %j',
    (text) => expect(branch(text)).toMatch(/^feat-[a-z-]+add-one$/),
  );
});

describe('the branch', () => {
  it.each([
    ['fix: the login page forgets the language', 'fix-the-login-page-forgets-the-language'],
    ['feat(ui)!: Dark  Mode!', 'feat-dark-mode'],
    ["fix: don't lose the user's cart", 'fix-dont-lose-the-users-cart'],
    ['--upload-pack=touch /tmp/x', 'feat-upload-pack-touch-tmp-x'],
    ['Größe ändern', 'feat-grosse-andern'],
    ['Исправить вход', 'feat-ispravit-vkhod'],
    ['修复登录', 'feat-xiufudenglu'],
    ['!!! ???', 'feat-7b0f7f2e'],
    ['fix:', 'fix-7b0f7f2e'],
  ])('of %j is %s', (text, expected) => expect(branch(text)).toBe(expected));

  it('counts up from the second wish on, the suffix within the 50 characters of the slug', () => {
    expect([1, 2, 3].map((n) => branch('dark mode', n))).toEqual([
      'feat-dark-mode',
      'feat-dark-mode-2',
      'feat-dark-mode-3',
    ]);
    const long = 'a'.repeat(80);
    expect(branch(long)).toBe(`feat-${'a'.repeat(50)}`);
    expect(branch(long, 2)).toBe(`feat-${'a'.repeat(48)}-2`);
    expect(branch(long, 20)).toBe(`feat-${'a'.repeat(47)}-20`);
    expect(branch(long, 21)).toBe(`feat-${'a'.repeat(41)}-7b0f7f2e`);
    expect(branch(long, 22)).toBe(`feat-${'a'.repeat(33)}-7b0f7f2e5a554a55`);
  });

  // A wish that itself ends with a number, cut there, meets its own numbered name: "…-9" is the ninth of "…-9", too.
  it('is good for git, within its limits and another one for each n (but for one, at the most), whatever the title', () =>
    fc.assert(
      fc.property(anyText, fc.uuid(), (text, id) => {
        const names = Array.from({ length: MAX_CANDIDATES }, (_, i) => branchCandidate(text, id, i + 1));
        for (const name of names) {
          expect(branchNameProblem(name)).toBeNull();
          expect(name).toMatch(/^[a-z]+-[a-z0-9][a-z0-9-]{0,49}$/);
          expect(name).not.toMatch(/--|-$/);
        }
        expect(new Set(names).size).toBeGreaterThanOrEqual(MAX_CANDIDATES - 1);
      }),
      { numRuns: 500 },
    ));
});
