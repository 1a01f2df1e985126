import { describe, expect, it } from '@jest/globals';
import { ACTIVITIES } from '../../src/events/session/session-vocabulary.js';
import type { Question } from '../../web/src/conversation/conversation.js';
import {
  activityText,
  answerText,
  endText,
  short,
  toolKind,
  usageText,
} from '../../web/src/conversation/words.js';
import { sessionLabel, taskLabel } from '../../web/src/task/vocabulary.js';

describe('numbers', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1k'],
    [12_345, '12.3k'],
    [999_949, '999.9k'],
    [999_951, '1M'],
    [1_250_000, '1.3M'],
  ])('%d is %s', (count, text) => expect(short(count)).toBe(text));

  it.each([
    [{}, ''],
    [{ used: 12_345, size: 200_000, cost: 0.125, currency: 'EUR' }, '12.3k of 200k tokens · 0.13 EUR'],
    [{ inputTokens: 1_500, outputTokens: 20 }, '1.5k in, 20 out'],
    [{ cost: 0.001 }, '0.0010 USD'],
  ])('of usage %j: %s', (usage, text) => expect(usageText(usage)).toBe(text));
});

describe('what became of a question', () => {
  const question = (over: Partial<Question>): Question => ({
    permissionId: 'p',
    title: 'Write a.txt',
    options: [{ optionId: 'yes', name: 'Allow once', kind: 'allow_once' }],
    isEdit: true,
    toolCallId: undefined,
    state: 'answered',
    answer: 'yes',
    by: 'person',
    ...over,
  });

  it.each([
    [{}, 'Allow once, by a person'],
    [{ by: 'policy' }, 'Allow once, by the policy'],
    [{ by: 'ada' }, 'Allow once, by ada'],
    [{ answer: 'unheard' }, 'unheard, by a person'],
    [
      { state: 'cancelled' as const, answer: undefined, by: 'cancel' },
      'Not answered, because the turn was stopped',
    ],
    [
      { state: 'cancelled' as const, answer: undefined, by: 'deadline' },
      'Not answered, because nobody answered in time',
    ],
  ])('%j: %s', (over, text) => expect(answerText(question(over))).toBe(text));
});

describe('sessions and tasks', () => {
  it('have words for every activity', () => {
    for (const activity of ACTIVITIES) {
      expect(sessionLabel({ state: 'ready', activity }).label).not.toBe('');
      expect(taskLabel({ status: 'running', activity, needsYou: false }).label).not.toBe('');
    }
  });

  it('say first what somebody has to know', () => {
    const running = { status: 'running', needsYou: false } as const;
    expect(taskLabel({ ...running, activity: 'working' }).label).toBe('Working');
    expect(taskLabel({ ...running, activity: 'idle' }).label).toBe('Running');
    expect(taskLabel({ ...running, activity: 'idle', needsYou: true }).label).toBe('Needs you');
    expect(taskLabel({ status: 'error', activity: 'working', needsYou: true }).label).toBe('Error');
    expect(taskLabel({ status: 'archived', activity: 'ended', needsYou: false }).label).toBe('Archived');
  });

  it('that have ended read Ended, whatever ended them', () => {
    expect(sessionLabel({ state: 'ended', activity: null }).label).toBe('Ended');
    expect(sessionLabel({ state: 'ended', activity: 'ended' }).label).toBe('Ended');
    expect(sessionLabel({ state: 'ready', activity: 'ended' }).label).toBe('Ended');
    expect(activityText({ state: 'ended', activity: null })).toBe('Ended');
    expect(activityText({ state: 'pending_provision', activity: null })).toBe('Preparing environment');
    expect(activityText({ state: 'ready', activity: 'idle' })).toBe('');
  });

  it('tell why a turn ended, also in words of tomorrow', () => {
    expect(endText('cancelled', undefined)).toBe('Stopped');
    expect(endText('failed', 'No credit')).toBe('The agent answered with an error: No credit');
    expect(endText('of_tomorrow', undefined)).toBe('The turn ended: of_tomorrow');
    expect(toolKind('execute')).toBe('Run');
    expect(toolKind('of_tomorrow')).toBe('Tool');
  });
});
