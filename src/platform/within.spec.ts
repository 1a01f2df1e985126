import { expect, it } from '@jest/globals';
import { within } from './within.js';

const never = new Promise<string>(() => undefined);
const HOUR_MS = 3_600_000;

it('is the outcome of the work, good or bad', async () => {
  await expect(within(HOUR_MS, Promise.resolve('done'), () => 'late')).resolves.toBe('done');
  await expect(within(HOUR_MS, Promise.reject(new Error('bad')), () => 'late')).rejects.toThrow('bad');
});

it('is what is said or thrown otherwise when there is none in time', async () => {
  await expect(within(1, never, () => 'late')).resolves.toBe('late');
  const late = () => {
    throw new Error('late');
  };
  await expect(within(1, never, late)).rejects.toThrow('late');
});

it('does not hear of work that fails when it is too late', async () => {
  let fail!: (error: Error) => void;
  const work = new Promise<string>((_, reject) => (fail = reject));
  await expect(within(1, work, () => 'late')).resolves.toBe('late');
  fail(new Error('nobody waits'));
  await new Promise(setImmediate);
});
