import { describe, expect, it } from '@jest/globals';
import { HISTORIES } from '../../../test/support/task-history.js';
import { evolve } from '../../events/task/evolve.js';
import type { Task } from '../../events/task/task-state.js';
import { Feed, Update } from './feed.js';

const task = HISTORIES.running.reduce(evolve, null) as Task;
const update = (position: bigint, text = '') =>
  Update.of({ state: { ...task, task: text }, revision: 0n, position })!;
const positions = (updates: readonly Update[] | null) =>
  updates?.map(({ position }) => Number(position)) ?? null;

describe('the feed', () => {
  it('takes only what follows without a gap', () => {
    const feed = new Feed();
    expect(feed.publish(0n, 5n, [update(5n)])).toBe(false);
    feed.start(10n);
    expect(feed.publish(5n, 12n, [update(12n)])).toBe(false);
    expect(feed.publish(10n, 12n, [update(11n), update(12n)])).toBe(true);
    expect(feed.publish(10n, 12n, [update(12n)])).toBe(false);
    expect(feed.position).toBe(12n);
    expect(positions(feed.since(10n))).toEqual([11, 12]);
  });

  it('knows what it reaches back to, and says when it does not', () => {
    const feed = new Feed();
    expect(feed.since(0n)).toBeNull();
    feed.start(100n);
    feed.publish(100n, 107n, [update(101n), update(104n), update(107n)]);
    feed.publish(107n, 120n, []);
    expect(positions(feed.since(99n))).toBeNull();
    expect(positions(feed.since(100n))).toEqual([101, 104, 107]);
    expect(positions(feed.since(102n))).toEqual([104, 107]);
    expect(positions(feed.since(107n))).toEqual([]);
    expect(positions(feed.since(500n))).toEqual([]);
  });

  it('forgets the oldest, by number and by size, and never what is after its floor', () => {
    for (const [count, text] of [
      [50_000, ''],
      [1_000, 'x'.repeat(200_000)],
    ] as const) {
      const feed = new Feed();
      feed.start(0n);
      for (let position = 1n; position <= BigInt(count); position++)
        feed.publish(position - 1n, position, [update(position, text)]);
      expect(feed.since(0n)).toBeNull();
      const kept = [...Array(count).keys()].find((after) => feed.since(BigInt(after)) !== null)!;
      expect(kept).toBeGreaterThan(0);
      expect(kept).toBeLessThan(count);
      expect(positions(feed.since(BigInt(kept)))![0]).toBe(kept + 1);
    }
  });

  it('lets wait for a position, but not for ever', async () => {
    const feed = new Feed();
    feed.start(3n);
    expect(await feed.waitFor(3n, 0)).toBe(true);
    const soon = feed.waitFor(8n, 1_000);
    feed.publish(3n, 9n, []);
    expect(await soon).toBe(true);
    expect(await feed.waitFor(10n, 10)).toBe(false);
  });

  it('tells whoever listens, in order, until they stop', () => {
    const feed = new Feed();
    feed.start(0n);
    const heard: number[] = [];
    const stop = feed.listen((updates) => heard.push(...positions(updates)!));
    feed.publish(0n, 2n, [update(1n), update(2n)]);
    stop();
    feed.publish(2n, 3n, [update(3n)]);
    expect(heard).toEqual([1, 2]);
  });
});
