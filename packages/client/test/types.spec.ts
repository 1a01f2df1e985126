import { it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

it('has the types of the API as it is', async () => {
  const script = join(import.meta.dirname, '../../../scripts/client-types.mjs');
  await promisify(execFile)(process.execPath, [script, '--check']);
});
