import { expect, it } from '@jest/globals';
import { parseMoment } from './moment.js';

/** Before, 30 February was taken for 2 March. */
it('refuses a day that is in no calendar', () => {
  expect(() => parseMoment('2026-02-30T12:00:00Z')).toThrow('It takes a position');
  expect(parseMoment('2024-02-29')).toMatchObject({ kind: 'time' });
});
