import { expect } from '@jest/globals';
import { until } from '../../support/until.js';

/** Waits until what is read of the page is as expected: what it shows of several things comes in several steps. */
export const eventually = (read: () => Promise<unknown>, expected: unknown): Promise<void> =>
  until('the page to show it', 10_000, async () => {
    expect(await read()).toEqual(expected);
    return true;
  });
