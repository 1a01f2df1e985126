import type { Git, GitCall } from '../../repository/git.js';
import { readBelow } from '../../platform/plain-files.js';
import { submodulesOf, type FetchedSubmodules, type Submodule } from './submodules.js';

const POINTER = 'version https://git-lfs.github.com/spec/v1\n';
/** Git LFS's own bound for what may be a pointer. */
const LARGEST_POINTER = 1024;
/** So many names are given; the rest is a number. */
const MOST_NAMES = 5;
const LONGEST_NAME = 90;
/** A million paths are about 100 MB. */
const MOST_PATHS_OUTPUT = 256 << 20;

/**
 * What an agent will miss in a checkout that was just made, a sentence each: submodules that were not fetched, and contents of
 * LFS files, which are not.
 * @param fetched what came of the submodules; null where they were not to be fetched
 */
export async function checkoutNotices(
  git: Git,
  checkout: string,
  call: GitCall,
  fetched: FetchedSubmodules | null,
): Promise<string[]> {
  const notices = fetched ? ofFetched(fetched) : ofSubmodules(await submodulesOf(git, call));
  const pointers = await pointersOf(git, checkout, call);
  if (pointers.length > 0) {
    notices.push(
      `Git LFS files are not fetched; there are pointers in their place (${pointers.length}): ${named(pointers)}.`,
    );
  }
  return notices;
}

const ofSubmodules = (submodules: readonly Submodule[]): string[] =>
  submodules.length === 0
    ? []
    : [
        `Submodules are not fetched; their folders are empty (${submodules.length}): ${named(submodules.map(({ path }) => path))}.`,
      ];

function ofFetched({ fetched, left }: FetchedSubmodules): string[] {
  const notices: string[] = [];
  if (fetched.length > 0)
    notices.push(
      `Submodules are fetched (${fetched.length}): ${named(fetched)}. What is changed in them is not shown, pushed or kept with the task.`,
    );
  const why = left
    .slice(0, MOST_NAMES)
    .map((each) => `${named([each.path])} (${shown(each.why.replace(/\.$/, ''))})`);
  if (left.length > 0)
    notices.push(
      `Submodules that are not fetched; their folders are empty (${left.length}): ${why.join(', ')}${left.length > MOST_NAMES ? ', …' : ''}.`,
    );
  return notices;
}

/** Of the files for which the repository asks for LFS those that are pointers. */
async function pointersOf(git: Git, checkout: string, call: GitCall): Promise<string[]> {
  const args = ['ls-files', '-z', '--', ':(top,attr:filter=lfs)'];
  const paths = (await git.run(args, { ...call, mostOutput: MOST_PATHS_OUTPUT })).split('\0');
  const pointers: string[] = [];
  for (const path of paths.filter((each) => each !== '')) {
    const text = await readBelow(checkout, path, LARGEST_POINTER);
    if (text?.toString('latin1').startsWith(POINTER)) pointers.push(path);
  }
  return pointers;
}

/** The names come from the repository: on one line, and no longer than one can read. */
const named = (paths: readonly string[]): string =>
  paths.slice(0, MOST_NAMES).map(shown).join(', ') + (paths.length > MOST_NAMES ? ', …' : '');

function shown(given: string): string {
  const text = given.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
  return text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME).toWellFormed()}…` : text;
}
