import type { Git, GitCall } from '../../repository/git.js';
import { readBelow } from '../../platform/plain-files.js';

const POINTER = 'version https://git-lfs.github.com/spec/v1\n';
/** Git LFS's own bound for what may be a pointer. */
const LARGEST_POINTER = 1024;
/** So many names are given; the rest is a number. */
const MOST_NAMES = 5;
const LONGEST_NAME = 80;
/** A million paths are about 100 MB. */
const MOST_PATHS_OUTPUT = 256 << 20;

/**
 * What an agent will miss in a checkout that was just made, a sentence each: repositories of submodules and
 * contents of LFS files are not fetched, since their addresses come from the repository.
 */
export async function checkoutNotices(git: Git, checkout: string, call: GitCall): Promise<string[]> {
  const submodules = await submodulesOf(git, call);
  const pointers = await pointersOf(git, checkout, call);
  const notices: string[] = [];
  if (submodules.length > 0) {
    notices.push(
      `Submodules are not fetched; their folders are empty (${submodules.length}): ${named(submodules)}.`,
    );
  }
  if (pointers.length > 0) {
    notices.push(
      `Git LFS files are not fetched; there are pointers in their place (${pointers.length}): ${named(pointers)}.`,
    );
  }
  return notices;
}

async function submodulesOf(git: Git, call: GitCall): Promise<string[]> {
  const index = await git.run(['ls-files', '-z', '--stage'], { ...call, mostOutput: MOST_PATHS_OUTPUT });
  const entries = index.split('\0').filter((line) => line.startsWith('160000 '));
  return entries.map((line) => line.slice(line.indexOf('\t') + 1));
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
function named(paths: readonly string[]): string {
  const shown = paths.slice(0, MOST_NAMES).map((path) => {
    const text = path.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
    return text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME).toWellFormed()}…` : text;
  });
  return shown.join(', ') + (paths.length > MOST_NAMES ? ', …' : '');
}
