import { describe, expect, it } from '@jest/globals';
import { FairTurns } from './fair-turns.js';

const never = new AbortController().signal;
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Effects of parties, which end when they are told to, and the order in which they began. */
function effects(turns: FairTurns) {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const run = (party: string, signal = never) =>
    turns.run(party, signal, () => {
      begun.push(party);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const endOne = async () => {
    ends.shift()!();
    await settle();
  };
  return { begun, run, endOne };
}

describe('turns', () => {
  it('serve one of another party before the five hundred that came first', async () => {
    const { begun, run, endOne } = effects(new FairTurns(4));
    const flood = Array.from({ length: 500 }, () => run('many'));
    void run('single');
    await settle();
    expect(begun).toEqual(['many', 'many', 'many', 'many']);
    await endOne();
    await endOne();
    expect(begun).toContain('single');
    for (let left = 501 - 2; left > 0; left--) await endOne();
    await Promise.all(flood);
    expect(begun).toHaveLength(501);
  });

  it('go round all parties that wait, and keep the order within each', async () => {
    const turns = new FairTurns(1);
    const order: string[] = [];
    const all = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((name) =>
      turns.run(name[0]!, never, async () => {
        order.push(name);
        await settle();
      }),
    );
    await Promise.all(all);
    expect(order.toSorted()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'c1']);
    expect(
      order
        .slice(0, 4)
        .map((name) => name[0])
        .toSorted(),
    ).toEqual(['a', 'a', 'b', 'c']);
    for (const party of 'ab')
      expect(order.filter((name) => name.startsWith(party))).toEqual(
        order.filter((name) => name.startsWith(party)).toSorted(),
      );
  });

  it('keep an eighth of the places for others, also where all that one began hangs', async () => {
    const { begun, run } = effects(new FairTurns(16));
    for (let count = 0; count < 40; count++) void run('hangs');
    await settle();
    expect(begun).toHaveLength(14);
    void run('other');
    void run('another');
    await settle();
    expect(begun.slice(14)).toEqual(['other', 'another']);
    void run('third');
    await settle();
    expect(begun).toHaveLength(16);
  });

  it('are not lost with those who give up, fail or are stopped before they ask', async () => {
    const turns = new FairTurns(1);
    const { begun, run, endOne } = effects(turns);
    const first = run('a');
    const stop = new AbortController();
    const given = Array.from({ length: 10 }, () => run('b', stop.signal));
    stop.abort(new Error('killed'));
    for (const each of given) await expect(each).rejects.toThrow('killed');
    await expect(run('b', stop.signal)).rejects.toThrow('killed');
    const failing = turns.run('c', never, () => Promise.reject(new Error('the effect says')));
    const last = run('d');
    await endOne();
    await first;
    await expect(failing).rejects.toThrow('the effect says');
    await settle();
    expect(begun).toEqual(['a', 'd']);
    await endOne();
    await last;
  });
});
