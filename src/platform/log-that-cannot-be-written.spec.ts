import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Logs many lines, with room for what fails between two, and ends by itself. */
const PROGRAM = `
  import { createLog } from ${JSON.stringify(at('./log.ts'))};
  const log = createLog('info');
  let lines = 0;
  setInterval(() => {
    log.info('said');
    if (++lines === 50) process.exit(7);
  }, 2);
`;

/** Before, the first line on a full disk ended the service. */
it('a log that cannot be written ends nothing', () => {
  const full = openSync('/dev/full', 'w');
  try {
    const loader = at('../../test/contract/providers/typescript.mjs');
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', loader, '--input-type=module', '--eval', PROGRAM],
      { stdio: ['ignore', full, 'pipe'], encoding: 'utf8', cwd: at('../..') },
    );
    expect({ status, stderr }).toEqual({ status: 7, stderr: '' });
  } finally {
    closeSync(full);
  }
});
