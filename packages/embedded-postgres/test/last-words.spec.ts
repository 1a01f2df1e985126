import { expect, test } from '@jest/globals';
import { lastWords } from '../src/errors.js';

test.each([
  [
    'creating configuration files ... ok\ninitdb: error: could not write file "x": No space left on device\ninitdb: removing contents\n',
    'error: could not write file "x": No space left on device (make room on that disk)',
  ],
  [
    '2026-01-01 [7] LOG:  starting\n2026-01-01 [7] FATAL:  lock file "postmaster.pid" is empty\n2026-01-01 [7] HINT:  Remove it.\n',
    'FATAL:  lock file "postmaster.pid" is empty HINT:  Remove it.',
  ],
  ['it\nended\n\n', 'ended'],
  ['', ''],
])('of %j it is one line: %j', (output, words) => {
  expect(lastWords(output)).toBe(words);
});
