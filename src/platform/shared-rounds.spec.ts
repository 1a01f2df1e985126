import { describe, expect, it } from '@jest/globals';
import { SharedRounds } from './shared-rounds.js';

const never = new AbortController().signal;

/** Rounds whose ends the test decides. */
function controlled() {
  const running: { end: () => void; fail: (error: Error) => void; signal: AbortSignal }[] = [];
  const rounds = new SharedRounds(
    (signal) => new Promise((resolve, reject) => running.push({ end: resolve, fail: reject, signal })),
  );
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { running, rounds, turn };
}

describe('SharedRounds', () => {
  it('gives those who come during a round one later round together', async () => {
    const { running, rounds, turn } = controlled();
    const first = rounds.join(never);
    await turn();
    const later = [rounds.join(never), rounds.join(never), rounds.join(never)];
    await turn();
    expect(running).toHaveLength(1);
    running[0]!.end();
    await first;
    await turn();
    expect(running).toHaveLength(2);
    running[1]!.end();
    await Promise.all(later);
    expect(running).toHaveLength(2);
  });

  it('goes on after a round that failed', async () => {
    const { running, rounds, turn } = controlled();
    const first = rounds.join(never);
    await turn();
    const second = rounds.join(never);
    running[0]!.fail(new Error('no'));
    await expect(first).rejects.toThrow('no');
    await turn();
    running[1]!.end();
    await second;
  });

  it('stops the work when all its callers have given up, not before', async () => {
    const { running, rounds, turn } = controlled();
    const [one, two] = [new AbortController(), new AbortController()];
    const joined = [rounds.join(one.signal), rounds.join(two.signal)].map((each) =>
      each.catch((error) => error),
    );
    await turn();
    const reason = new Error('one');
    one.abort(reason);
    expect(await joined[0]).toBe(reason);
    expect(running[0]!.signal.aborted).toBe(false);
    two.abort();
    await joined[1];
    await turn();
    expect(running[0]!.signal.aborted).toBe(true);
    const next = rounds.join(never);
    running[0]!.fail(new Error('stopped'));
    await turn();
    running[1]!.end();
    await next;
  });

  it('gives a newcomer a round of its own when the round that waits was given up', async () => {
    const { running, rounds, turn } = controlled();
    const first = rounds.join(never);
    await turn();
    const abort = new AbortController();
    const given = rounds.join(abort.signal).catch(() => 'gave up');
    abort.abort();
    expect(await given).toBe('gave up');
    const next = rounds.join(never);
    running[0]!.end();
    await first;
    await turn();
    running.at(-1)!.end();
    await next;
    expect(running).toHaveLength(2);
  });
});
