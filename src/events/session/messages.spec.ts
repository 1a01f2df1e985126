import { describe, expect, it } from '@jest/globals';
import { messagesOf } from './messages.js';
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
