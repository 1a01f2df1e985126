import { describe, expect, it } from '@jest/globals';
import { FAILURES, type FailureCode } from '../../src/events/failure-codes.js';
import { TASK_EVENT_TYPES } from '../../src/events/task/task-events.js';
import { advice } from '../../web/src/task/advice.js';
import { kindOf, summaryOf } from '../../web/src/task/events.js';
import { matchesText } from '../../web/src/task/filter.js';
import { age, duration } from '../../web/src/task/format.js';
import { repositoryName, titleOf } from '../../web/src/task/vocabulary.js';
import { failed, history, task } from './task-view.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe('times', () => {
  it.each([
    [-5, '0 ms'],
    [480, '480 ms'],
    [3_240, '3.2 s'],
    [48 * SECOND, '48 s'],
    [59_600, '1 min 00 s'],
    [3 * MINUTE + 5 * SECOND, '3 min 05 s'],
    [2 * HOUR + 10 * MINUTE, '2 h 10 min'],
    [72 * HOUR, '3 days'],
  ])('%d ms took %s', (ms, text) => expect(duration(ms)).toBe(text));

  it.each([
    [-1, 'just now'],
    [4_999, 'just now'],
    [40 * SECOND, '40 s'],
    [12 * MINUTE + 59 * SECOND, '12 min'],
    [5 * HOUR, '5 h'],
    [80 * HOUR, '3 d'],
  ])('%d ms is %s ago', (ms, text) => expect(age(ms)).toBe(text));
});

describe('names', () => {
  it.each([
    ['https://github.com/acme/shop.git', 'acme/shop'],
    ['git@github.com:acme/shop.git', 'acme/shop'],
    ['https://git.example.com/shop/', 'git.example.com/shop'],
    ['/srv/repositories/shop', 'repositories/shop'],
    ['/', '/'],
  ])('of %s: %s', (remote, name) => expect(repositoryName(remote)).toBe(name));

  it('of a task: its title, or the first line of its prompt', () => {
    expect(titleOf({ title: 'A title', task: 'x' })).toBe('A title');
    expect(titleOf({ title: null, task: '\n  first\nsecond' })).toBe('first');
    expect(titleOf({ title: null, task: 'y'.repeat(500) })).toHaveLength(120);
  });
});

describe('advice', () => {
  it.each(Object.keys(FAILURES) as FailureCode[])('for %s is what the service’s table says', (code) => {
    expect(advice(task(failed('create_sandbox', code)))).toBe(FAILURES[code].advice);
  });

  it('for a code that a newer service knows, and for clean-up, is to try again', () => {
    expect(advice(task(failed('create_sandbox', 'of_tomorrow')))).toBe(FAILURES.unexpected.advice);
    for (const stage of ['release_sandbox', 'destroy_sandbox'] as const)
      expect(advice(task(failed(stage, 'of_tomorrow')))).toMatch(/^Retry to clean up again/);
  });
});

describe('what an event says', () => {
  const told = (type: string, data: object) => summaryOf(history([0, type, data])[0]!);

  it('is a line', () => {
    expect(told('StageStarted', { stage: 'create_sandbox', attempt: 1 })).toBe('Sandbox');
    expect(told('StageStarted', { stage: 'create_sandbox', attempt: 2 })).toBe('Sandbox, attempt 2');
    expect(told('StageFailed', { stage: 'ensure_agent', reason: 'away' })).toBe('Agent: away');
    expect(told('SessionFailed', { reason: 'away' })).toBe('away');
    expect(told('RetryRequested', { stage: 'ensure_name' })).toBe('from Name & branch');
    expect(told('TaskNamed', { branchName: 'fix-cart' })).toBe('fix-cart');
    expect(told('SandboxCreated', { sandboxId: 'box', path: '/here' })).toBe('/here');
    expect(told('SandboxCreated', { sandboxId: 'box' })).toBe('box');
    expect(told('SetupFailed', { output: 'one\nno such package\n' })).toBe('no such package');
    expect(told('KillRequested', { keepBranch: true })).toBe('keeping the branch');
    expect(told('OfTomorrow', { stage: 7 })).toBe('');
  });

  it('is bad news exactly where something failed', () =>
    expect(TASK_EVENT_TYPES.filter((type) => kindOf(type) === 'failed')).toEqual(
      TASK_EVENT_TYPES.filter((type) => type.endsWith('Failed') || type === 'ChangesNotObserved'),
    ));
});

describe('the text of a filter', () => {
  it('is found in title, prompt, repository and branch, in whatever case', () => {
    const one = task({ title: 'Größe', branchName: 'fix-cart' });
    for (const text of ['GRÖSSE'.replace('SS', 'ß'), 'forgets', 'ACME/shop', 'fix-c', null])
      expect(matchesText(one, text)).toBe(true);
    expect(matchesText(one, 'elsewhere')).toBe(false);
  });
});
