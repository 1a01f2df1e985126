import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { emptyTranscript, GAP, isReplyTo, withEvent } from './transcript.js';

const update = (sessionUpdate: string, more: object = {}) => ({
  method: 'session/update',
  params: { sessionId: 's', update: { sessionUpdate, ...more } },
});
const chunk = (text: string) => update('agent_message_chunk', { content: { type: 'text', text } });
const fold = (...messages: object[]) =>
  messages.reduce(
    (before: ReturnType<typeof emptyTranscript>, message, index) =>
      withEvent(before, { id: String(index + 1), data: JSON.stringify(message) }),
    emptyTranscript('c'),
  );

describe('withEvent', () => {
  it('follows a session from its opening to its end', () => {
    const opened = fold({ id: 'initialize', result: {} }, { id: 'open', result: { sessionId: 's' } });
    expect(opened).toMatchObject({ agentSessionId: 's', prompted: false, lastEventId: 2 });
    expect(fold(update('available_commands_update'))).toMatchObject({ prompted: false });
    expect(fold(update('tool_call', { title: 't' }))).toMatchObject({ prompted: true, text: '' });
    expect(fold(chunk('a'), chunk('b'))).toMatchObject({ prompted: true, text: 'ab' });
    expect(fold({ id: 'prompt', result: { stopReason: 'end_turn' } })).toMatchObject({
      ended: 'end_turn',
      prompted: true,
    });
    expect(fold({ method: '_adapter/agent_exited', params: {} })).toMatchObject({ exited: true });
  });

  it('counts a refused prompt as not given', () => {
    expect(fold({ id: 'prompt', error: { code: 1, message: 'log in' } })).toMatchObject({
      prompted: false,
      ended: 'error',
      failure: 'log in',
    });
  });

  it('takes the first answer to the prompt, and no other', () => {
    const ended = { id: 'prompt', result: { stopReason: 'end_turn' } };
    const twice = fold(ended, { id: 'prompt', error: { code: 1, message: 'again' } }, chunk('later'));
    expect(twice).toMatchObject({ ended: 'end_turn', text: 'later' });
    expect(twice).not.toHaveProperty('failure');
  });

  it('keeps no more than a megabyte of text', () => {
    const long = chunk('x'.repeat(700_000));
    const cut = fold(long, long);
    expect(cut).toMatchObject({ truncated: true });
    expect(cut.text).toHaveLength(1 << 20);
    expect(cut.text).toMatch(/left out: it is too long/);
    expect(fold(long, long, chunk('more')).text).toBe(cut.text);
    expect(fold(long)).not.toHaveProperty('truncated');
  });

  it.each([
    [0, 3],
    [1, 3],
  ])('marks what lies between event %i and event %i as missing', (from, to) => {
    const before = from === 0 ? emptyTranscript('c') : fold(chunk('a'));
    const after = withEvent(before, { id: String(to), data: JSON.stringify(chunk('z')) });
    expect(after).toMatchObject({ truncated: true, text: `${from === 0 ? '' : 'a'}${GAP}z` });
  });

  it('never throws and never goes back, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.string(), (data, id) => {
        const after = withEvent({ ...emptyTranscript('c'), lastEventId: 5 }, { id, data });
        expect(after.lastEventId).toBeGreaterThanOrEqual(5);
        isReplyTo('x', { data });
      }),
    );
  });
});
