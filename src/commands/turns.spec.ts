import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../test/support/virtual-clock.js';
import { LONGEST_WAIT_MS, MOST_WAITING, TooBusyError, Turns } from './turns.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Turns whose works end when the test says so. */
function controlled() {
  const clock = new VirtualClock();
  const turns = new Turns(clock);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const take = (id: string, name: string) =>
    turns.take(id, () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    });
  const end = async (name: string) => {
    ends.get(name)!();
    await turn();
  };
  return { clock, turns, begun, take, end };
}

describe('the turns of commands', () => {
  it('come in the order of asking, each when the one before has ended; those of others do not wait', async () => {
    const { begun, take, end } = controlled();
    const all = [take('a', '1'), take('a', '2'), take('b', 'other'), take('a', '3')];
    await turn();
    expect(begun).toEqual(['1', 'other']);
    for (const name of ['1', '2', '3', 'other']) await end(name);
    expect(begun).toEqual(['1', 'other', '2', '3']);
    expect(await Promise.all(all)).toEqual(['1', '2', 'other', '3']);
  });

  it('are refused where too many wait, and given again when they have gone', async () => {
    const { turns, take, end } = controlled();
    const first = take('a', 'first');
    const waiting = Array.from({ length: MOST_WAITING }, () => turns.take('a', () => Promise.resolve('in')));
    await expect(take('a', 'one too many')).rejects.toThrow(TooBusyError);
    await expect(turns.take('b', () => Promise.resolve('in'))).resolves.toBe('in');
    await turn();
    await end('first');
    await first;
    await Promise.all(waiting);
    await expect(turns.take('a', () => Promise.resolve('in'))).resolves.toBe('in');
  });

  it('do not come late: who has waited for long is refused, and the one at work is left alone', async () => {
    const { clock, begun, take, end } = controlled();
    const first = take('a', 'first');
    const late = take('a', 'late').catch((error: unknown) => error);
    await turn();
    await clock.advance(LONGEST_WAIT_MS + 1);
    expect(await late).toBeInstanceOf(TooBusyError);
    await end('first');
    expect(await first).toBe('first');
    expect(begun).toEqual(['first']);
  });
});
