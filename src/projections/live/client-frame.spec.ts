import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FrameError, parseFrame } from './client-frame.js';

describe("a client's frame", () => {
  it('subscribes to a workspace or a task, after a position or not', () => {
    const topic = 'workspace:acme.labs-1';
    expect(parseFrame(`{"event":"subscribe","data":{"topic":"${topic}"}}`)).toEqual({
      event: 'subscribe',
      topic: { kind: 'workspace', id: 'acme.labs-1', name: topic },
    });
    const task = 'task:7b0f7f2e-5a55-4a55-9a55-0123456789ab';
    expect(parseFrame(`{"event":"subscribe","data":{"topic":"${task}","after":"12"}}`)).toMatchObject({
      topic: { kind: 'task', name: task },
      after: 12n,
    });
    expect(parseFrame(`{"event":"unsubscribe","data":{"topic":"${task}"}}`)).toMatchObject({
      event: 'unsubscribe',
    });
  });

  const WHERE = 'task:7b0f7f2e-5a55-4a55-9a55-0123456789ab';
  it.each([
    ['', 'malformed_frame', /must be JSON/],
    ['[]', 'malformed_frame', /must be an object/],
    ['null', 'malformed_frame', /must be an object/],
    ['{}', 'unknown_event', /"subscribe" or "unsubscribe"/],
    ['{"event":"shout","data":{}}', 'unknown_event', /"subscribe" or "unsubscribe"/],
    ['{"event":"subscribe"}', 'malformed_frame', /"data" must be an object/],
    ['{"event":"unsubscribe","data":[]}', 'malformed_frame', /"data" must be an object/],
    ['{"event":"subscribe","data":{}}', 'unknown_topic', /topic must be/],
    ['{"event":"unsubscribe","data":{"topic":"task:7"}}', 'unknown_topic', /topic must be/],
    [`{"event":"subscribe","data":{"topic":"${WHERE.toUpperCase()}"}}`, 'unknown_topic', /lower case/],
    [`{"event":"subscribe","data":{"topic":"${WHERE}","after":7}}`, 'invalid_after', /must be a position/],
    [
      `{"event":"subscribe","data":{"topic":"${WHERE}","after":"9e9"}}`,
      'invalid_after',
      /must be a position/,
    ],
    [`"${'x'.repeat(5_000)}"`, 'malformed_frame', /at most 4096/],
  ])('that says %s is refused as %s', (text, code, message) => {
    expect(() => parseFrame(text)).toThrow(
      expect.objectContaining({ name: 'FrameError', code, message: expect.stringMatching(message) }),
    );
  });

  it('may say null for no position, and whatever it likes where none is asked for', () => {
    expect(parseFrame(`{"event":"subscribe","data":{"topic":"${WHERE}","after":null}}`)).not.toHaveProperty(
      'after',
    );
    expect(parseFrame(`{"event":"unsubscribe","data":{"topic":"${WHERE}","after":7}}`)).toMatchObject({
      event: 'unsubscribe',
    });
  });

  it('is read or refused with a FrameError, whatever it holds', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((data) => `{"event":"subscribe","data":${data}}`),
    );
    fc.assert(
      fc.property(anything, (text) => {
        try {
          parseFrame(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
          expect((error as Error).message).toMatch(/must|at most/);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
