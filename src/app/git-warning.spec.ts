import { expect, it } from '@jest/globals';
import { complaintAboutGit, gitWarning } from './git-warning.js';

it('a git that is missing is told of, with what follows from it', async () => {
  expect(await gitWarning({ PATH: '/nonexistent' })).toMatch(/^git is not on the PATH: install git 2\.30/);
});

it.each([
  ['git version 2.17.1\n', /^git 2\.17\.1 is too old/],
  ['git version 1.99.0', /^git 1\.99\.0 is too old/],
  ['git version 2.30.0', undefined],
  ['git version 2.50.1 (Apple Git-155)', undefined],
  ['git version 3.0.0.windows.1', undefined],
  ['something else', undefined],
])('of %j it thinks %s', (printed, complaint) => {
  if (complaint === undefined) expect(complaintAboutGit(printed)).toBeUndefined();
  else expect(complaintAboutGit(printed)).toMatch(complaint);
});
