import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { Permission, Session } from '../../events/session/session-state.js';
import { PermissionDeadlines } from './permission-deadlines.js';

describe('deadlines of questions', () => {
  let clock: VirtualClock;
  let answered: string[];
  let failures: number;
  let deadlines: PermissionDeadlines;
  beforeEach(() => {
    clock = new VirtualClock();
    answered = [];
    failures = 0;
    deadlines = new PermissionDeadlines(clock, async (permissionId) => {
      if (failures-- > 0) throw new Error('the store is away');
      answered.push(permissionId);
    });
  });

  const asked = (permissionId: string, inMs?: number, answer?: Permission['answer']) => ({
    permissionId,
    deadline: inMs === undefined ? undefined : new Date(clock.now().getTime() + inMs).toISOString(),
    answer,
  });
  const arm = (...permissions: ReturnType<typeof asked>[]) =>
    deadlines.arm({ permissions } as unknown as Session);

  it('answer each question at its time, once, however often they are told of it', async () => {
    const [first, second] = [asked('first', 1_000), asked('second', 2_000)];
    arm(first, second);
    arm(first, second);
    await clock.advance(999);
    expect(answered).toEqual([]);
    await clock.advance(1);
    expect(answered).toEqual(['first']);
    await clock.advance(5_000);
    expect(answered).toEqual(['first', 'second']);
  });

  it('that are past are answered at once', async () => {
    arm(asked('late', -60_000));
    await clock.advance(0);
    expect(answered).toEqual(['late']);
  });

  it('leave alone what somebody answers before, what has none, and what is attended to no more', async () => {
    const answer = { optionId: 'yes', by: 'person', at: '' };
    arm(asked('answered', 1_000), asked('for ever'));
    arm(asked('answered', 1_000, answer), asked('for ever'), asked('left', 1_000));
    deadlines.clear();
    await clock.advance(3_600_000);
    expect(answered).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('are tried again where the answer could not be stored', async () => {
    failures = 2;
    arm(asked('stubborn', 1_000));
    await clock.advance(1_000);
    expect(answered).toEqual([]);
    await clock.advance(2_000);
    expect(answered).toEqual(['stubborn']);
  });
});
