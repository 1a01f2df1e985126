import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LIMIT_NAMES } from '../events/access/limit-events.js';
import {
  decideLimits,
  evolveLimits,
  holdTasksBack,
  limitsWith,
  type AllLimits,
  type Limits,
} from './limits.js';

const AT = '2026-11-27T02:00:00.000Z';
const NONE = Object.fromEntries(LIMIT_NAMES.map((name) => [name, null])) as unknown as Limits;
const wishes = fc.record(Object.fromEntries(LIMIT_NAMES.map((name) => [name, fc.option(fc.nat())])), {
  requiredKeys: [],
});

describe('the limits of workspaces', () => {
  it('are what was wished last, of each by itself, whatever was wished before', () => {
    fc.assert(
      fc.property(fc.array(wishes), (all) => {
        const wished: Record<string, number | null> = {};
        const known = all.reduce<AllLimits>((before, wish) => {
          Object.assign(wished, wish);
          const event = decideLimits(before, 'acme', wish, AT);
          return event === null ? before : evolveLimits(before, event);
        }, new Map());
        expect(limitsWith(NONE, known.get('acme'))).toEqual({ ...NONE, ...wished });
      }),
    );
  });

  it('change nothing when they are so already, and nothing of another workspace', () => {
    const event = decideLimits(new Map(), 'acme', { liveTasks: 3 }, AT)!;
    const known = evolveLimits(null, event);
    expect(decideLimits(known, 'acme', { liveTasks: 3, sessions: null }, AT)).toBeNull();
    expect(decideLimits(known, 'acme', {}, AT)).toBeNull();
    expect(known.get('other')).toBeUndefined();
    expect(decideLimits(known, 'acme', { liveTasks: null }, AT)!.data.limits).toEqual({ liveTasks: null });
  });

  it('hold tasks back only where they count what lives', () => {
    expect(holdTasksBack(NONE)).toBe(false);
    expect(holdTasksBack({ ...NONE, createsPerMinute: 1, promptsQueued: 1 })).toBe(false);
    for (const name of ['liveTasks', 'sessions', 'agentMinutesPerDay'])
      expect(holdTasksBack({ ...NONE, [name]: 0 })).toBe(true);
  });
});
