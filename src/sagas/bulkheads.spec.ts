import { describe, expect, it, jest } from '@jest/globals';
import type { Stage } from '../events/task/vocabulary.js';
import { Bulkheads } from './bulkheads.js';
import type { NextCommand } from './react.js';

const LOCAL = { providerId: 'local', workspaceId: 'w' };
const never = new AbortController().signal;
const stage = (name: Stage): NextCommand => ({ type: 'RunStage', stage: name, attempt: 1 });
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Effects that end when they are told to. */
function effects() {
  const ends: (() => void)[] = [];
  const begin = jest.fn(() => new Promise<void>((resolve) => ends.push(resolve)));
  return { begin, end: () => ends.shift()!() };
}

describe('bulkheads', () => {
  it('let so many effects of a provider run at a time, the others in their turn', async () => {
    const bulkheads = new Bulkheads(2);
    const { begin, end } = effects();
    const runs = [1, 2, 3].map(() => bulkheads.run(LOCAL, stage('create_sandbox'), never, begin));
    await settle();
    expect(begin).toHaveBeenCalledTimes(2);
    end();
    await settle();
    expect(begin).toHaveBeenCalledTimes(3);
    end();
    end();
    await Promise.all(runs);
  });

  it('keep one provider from delaying another, and ways in from delaying ways out', async () => {
    const bulkheads = new Bulkheads(1);
    const hanging = effects();
    void bulkheads.run(LOCAL, stage('create_sandbox'), never, hanging.begin);
    void bulkheads.run(LOCAL, { type: 'OpenSession', sessionId: 's', attempt: 1 }, never, hanging.begin);
    const done = jest.fn(() => Promise.resolve());
    await bulkheads.run({ providerId: 'docker', workspaceId: 'w' }, stage('create_sandbox'), never, done);
    await bulkheads.run(LOCAL, stage('destroy_sandbox'), never, done);
    await bulkheads.run(LOCAL, stage('release_sandbox'), never, done);
    expect(done).toHaveBeenCalledTimes(3);
    expect(hanging.begin).toHaveBeenCalledTimes(1);
  });

  it('let go at once of who is stopped while it waits, and never run it', async () => {
    const bulkheads = new Bulkheads(1);
    const hanging = effects();
    void bulkheads.run(LOCAL, stage('create_sandbox'), never, hanging.begin);
    const stop = new AbortController();
    const begin = jest.fn(() => Promise.resolve());
    const waiting = bulkheads.run(LOCAL, stage('create_sandbox'), stop.signal, begin);
    stop.abort(new Error('killed'));
    await expect(waiting).rejects.toThrow('killed');
    hanging.end();
    await settle();
    expect(begin).not.toHaveBeenCalled();
    await bulkheads.run(LOCAL, stage('create_sandbox'), never, begin);
    expect(begin).toHaveBeenCalledTimes(1);
  });

  it('wait for the end of what runs, stopped or not, and fail as it does', async () => {
    const bulkheads = new Bulkheads(1);
    const stop = new AbortController();
    let fail!: (error: Error) => void;
    const outcome = jest.fn();
    bulkheads
      .run(LOCAL, stage('create_sandbox'), stop.signal, () => new Promise((_, reject) => (fail = reject)))
      .catch(outcome);
    await settle();
    stop.abort(new Error('killed'));
    await settle();
    expect(outcome).not.toHaveBeenCalled();
    fail(new Error('the effect says'));
    await settle();
    expect(outcome).toHaveBeenCalledWith(new Error('the effect says'));
  });
});
