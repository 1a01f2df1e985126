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
