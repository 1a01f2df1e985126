import { describe, expect, it } from '@jest/globals';
import { HISTORIES } from '../../../test/support/task-history.js';
import { evolve } from '../../events/task/evolve.js';
import type { Task } from '../../events/task/task-state.js';
import { Update } from '../feed/feed.js';
import { PendingUpdates } from './topic-subscription.js';

const task = HISTORIES.running.reduce(evolve, null) as Task;
const update = (position: number, taskId: number) =>
  Update.of({ state: { ...task, taskId: String(taskId) }, revision: 0n, position: BigInt(position) })!;
const drain = (pending: PendingUpdates): number[] => {
  const positions: number[] = [];
  for (let taken = pending.take(); taken !== undefined; taken = pending.take())
    positions.push(Number(taken.position));
  return positions;
};

describe('pending updates', () => {
  it('are kept one by one while they are few', () => {
    const pending = new PendingUpdates();
    for (let position = 1; position <= 400; position++) pending.add(update(position, position % 3));
    expect(drain(pending)).toEqual([...Array(400).keys()].map((index) => index + 1));
  });

  it('are the latest of each task, in rising position, when asked for or when they are many', () => {
    const pending = new PendingUpdates();
    for (let position = 1; position <= 9; position++) pending.add(update(position, position % 4));
    pending.coalesce();
    expect(drain(pending)).toEqual([6, 7, 8, 9]);
    for (let position = 1; position <= 10_000; position++) {
      pending.add(update(position, position % 700));
      expect(pending.size).toBeLessThanOrEqual(1_400);
    }
    pending.coalesce();
    expect(drain(pending)).toEqual([...Array(700).keys()].map((index) => 9_301 + index));
  });
});
