import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitProblem } from './host-tools.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'slipway-git-'))));
afterAll(() => rm(folder, { recursive: true }));

it('a git that is missing is told of', async () => {
  expect(await gitProblem({ PATH: '/nonexistent' })).toMatchObject({ code: 'git_missing' });
});

it.each([
  ['git version 2.17.1', 'git_too_old'],
  ['git version 1.99.0', 'git_too_old'],
  ['git version 2.36.9', 'git_too_old'],
  ['git version 2.37.0', undefined],
  ['git version 2.50.1 (Apple Git-155)', undefined],
  ['git version 3.0.0.windows.1', undefined],
  ['something else', 'git_missing'],
])('a git that says %j is %s', async (said, code) => {
  await writeFile(join(folder, 'git'), `#!/bin/sh\necho '${said}'\n`, { mode: 0o755 });
  const problem = await gitProblem({ PATH: folder });
  expect(problem?.code).toBe(code);
});
