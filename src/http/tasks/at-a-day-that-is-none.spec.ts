import { expect, it } from '@jest/globals';
import { parseAt } from './get-task.dto.js';

/** Before, 30 February was taken for 2 March. */
it.each(['2026-02-30T12:00:00Z', '2026-02-29', '2026-04-31', '2025-02-29T00:00:00+01:00'])(
  'refuses %s, a day that is in no calendar',
  (at) => expect(() => parseAt(at)).toThrow(),
);

it.each(['2024-02-29', '2026-12-31T23:59:59.999-11:00', '0001-01-01'])('takes %s', (at) => {
  expect(parseAt(at)).toBeInstanceOf(Date);
});
