import { describe, expect, it } from '@jest/globals';
import { lastWordsOf, messagesOf, recapOf } from './messages.js';
import type { SessionEvent } from './session-events.js';

const at = '2026-01-02T03:04:05.678Z';
const queued = (promptId: string, text: string): SessionEvent => ({
  type: 'PromptQueued',
  data: { promptId, text, by: 'person', at },
});
const sent = (promptId: string): SessionEvent => ({ type: 'PromptSent', data: { promptId, at } });
const said = (text: string, cursor: number): SessionEvent => ({
  type: 'AgentSaid',
  data: { text, cursor, at },
});

describe('the messages of a session', () => {
  it('are what was sent and what was answered, joined, in the order in which it was said', () =>
    expect(
      messagesOf([
        queued('a', 'one'),
        queued('b', 'two'),
        sent('a'),
        said('he', 1),
        said('llo', 2),
        sent('b'),
      ]),
    ).toEqual([
      { role: 'user', text: 'one' },
      { role: 'agent', text: 'hello' },
      { role: 'user', text: 'two' },
    ]));

  it('have what was sent twice once, and what was not sent not at all', () =>
    expect(messagesOf([queued('a', 'one'), queued('b', 'two'), sent('a'), sent('a')])).toEqual([
      { role: 'user', text: 'one' },
    ]));

  it('say where something is missing, for people and for programs', () =>
    expect(
      messagesOf([
        queued('a', 'one'),
        sent('a'),
        said('before ', 1),
        { type: 'TranscriptGap', data: { reason: 'The agent said more than is kept.', missing: 7, at } },
        said('after', 9),
      ]),
    ).toEqual([
      { role: 'user', text: 'one' },
      {
        role: 'agent',
        text: 'before [Some of what the agent said is missing here.]\nafter',
        truncated: true,
      },
    ]));

  it('say that the agent refused', () =>
    expect(
      messagesOf([
        queued('a', 'one'),
        sent('a'),
        {
          type: 'TurnEnded',
          data: { promptId: 'a', stopReason: 'failed', failure: { message: 'log in first' }, at },
        },
      ]),
    ).toEqual([
      { role: 'user', text: 'one' },
      { role: 'agent', text: 'The agent failed: log in first' },
    ]));
});

describe('what was said', () => {
  const tool: SessionEvent = { type: 'ModeChanged', data: { mode: 'plan', cursor: 3, at } } as SessionEvent;
  const ended: SessionEvent = {
    type: 'TurnEnded',
    data: { promptId: 'a', stopReason: 'end_turn', cursor: 9, at },
  } as SessionEvent;

  it('is told to an agent that knows nothing of it from its end, without what was taken back', () => {
    const messages = messagesOf([
      queued('a', 'one'),
      queued('b', 'two'),
      sent('a'),
      said('1', 1),
      queued('c', 'no'),
      sent('b'),
      said('2', 2),
    ]);
    expect(recapOf(messages, 1_000)).toBe('Person: one\n\nAgent: 1\n\nPerson: two\n\nAgent: 2');
    expect(recapOf(messages, 12)).toBe('wo\n\nAgent: 2');
    expect(recapOf([], 1_000)).toBe('');
  });

  it('last is the pieces of the agent since anything else, whatever came after them', () => {
    expect(
      lastWordsOf([
        sent('a'),
        said('first', 1),
        ended,
        sent('b'),
        said(' la', 2),
        tool,
        said('st ', 3),
        ended,
      ]),
    ).toBe('last');
    expect(lastWordsOf([sent('a'), said('first', 1), ended, sent('b')])).toBe('first');
    expect(lastWordsOf([sent('a'), ended])).toBe('');
    expect(lastWordsOf([])).toBe('');
  });
});
