import anyAscii from 'any-ascii';
import type { Task } from '../../events/task/task-state.js';
import { ProviderError } from '../../events/provider-error.js';
import type { StageEffect, StageTools } from './stage-effect.js';

/** Gives the task its title and reserves its branch. */
export const ensureName: StageEffect<'ensure_name'> = async (task, tools) => {
  await tools.provider.nameSandbox?.(task.taskId, tools.signal);
  const title = titleOf(task);
  const branchName =
    task.branchWish === null
      ? await chooseBranch(task, title, tools)
      : await claimBranch(task, task.branchWish, tools);
  return { stage: 'ensure_name', title, branchName };
};

async function claimBranch(task: Task, wish: string, { branches, context }: StageTools): Promise<string> {
  const inTheWay = await branches.reserveWish(task, wish, context);
  if (inTheWay === null) return wish;
  const why =
    inTheWay === wish
      ? `Branch ${wish} belongs to another task of this project`
      : `Branch ${wish} cannot be beside ${inTheWay}, which belongs to another task of this project`;
  throw new ProviderError('branch_taken', `${why}; create a task with another branchName, or with none.`, {
    retryable: false,
  });
}

async function chooseBranch(
  task: Task,
  title: string,
  { branches, context, signal }: StageTools,
): Promise<string> {
  for (let n = 1; n <= MAX_CANDIDATES; n++) {
    signal.throwIfAborted();
    const candidate = branchCandidate(title, task.taskId, n);
    if (task.takenBranches.includes(candidate)) continue;
    if ((await branches.reserve(task, candidate, context)) === null) return candidate;
  }
  throw new ProviderError(
    'branch_taken',
    `All ${MAX_CANDIDATES} branch names for "${title}" are taken; give a branchName.`,
    { retryable: false },
  );
}

const MAX_TITLE = 72;
const MAX_SLUG = 50;
/** Names of one wish that are told apart by a number; later tasks of it take a part of their id, which nobody else has. */
const NUMBERED = 20;
/** So many branches of one wish are tried before giving up. */
export const MAX_CANDIDATES = NUMBERED + 2;

/** Conventional prefixes, and the kind of branch that each makes. */
const PREFIX_KINDS: ReadonlyMap<string, string> = new Map([
  ['feat', 'feat'],
  ['feature', 'feat'],
  ['fix', 'fix'],
  ['bugfix', 'fix'],
  ['hotfix', 'fix'],
  ['docs', 'docs'],
  ['doc', 'docs'],
  ['refactor', 'refactor'],
  ['chore', 'chore'],
  ['test', 'test'],
  ['tests', 'test'],
  ['perf', 'perf'],
  ['ci', 'ci'],
  ['build', 'build'],
  ['style', 'style'],
]);
const CONVENTIONAL_PREFIX = /^([a-z]+)(?:\([^)]*\))?!?:\s*/i;

/** A whole word in whatever script stands around it: in "préfix", `\b` would see the word "fix". */
const word = (words: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}_])(?:${words})(?![\\p{L}\\p{N}_])`, 'iu');

/** Words that tell the kind where there is no prefix; the first rule that matches wins. */
const WORD_KINDS: readonly [RegExp, string][] = [
  [word('fix|fixes|fixed|bug|bugs'), 'fix'],
  [word('docs?|readme|documentation'), 'docs'],
  [word('refactor(?:s|ed|ing)?'), 'refactor'],
];

/** The title: the explicit one, else the prompt's first line that is not empty, cut at a word boundary. */
export function titleOf(task: Pick<Task, 'title' | 'task' | 'taskId'>): string {
  const lines = [task.title ?? '', ...task.task.split('\n')].map(oneLine);
  const text = lines.find((line) => line !== '') ?? `Task ${task.taskId.slice(0, 8)}`;
  const characters = [...text];
  if (characters.length <= MAX_TITLE) return text;
  const cut = characters.slice(0, MAX_TITLE + 1).join('');
  const boundary = cut.lastIndexOf(' ');
  return boundary > MAX_TITLE / 2 ? cut.slice(0, boundary) : characters.slice(0, MAX_TITLE).join('');
}

/** Control characters count as blanks: a title is shown in terminals. */
const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ').trim();

/** The conventional prefix of a title, if it has one that is known. */
function prefixOf(title: string): { kind: string; length: number } | undefined {
  const match = CONVENTIONAL_PREFIX.exec(title);
  const kind = PREFIX_KINDS.get(match?.[1]?.toLowerCase() ?? '');
  return kind === undefined ? undefined : { kind, length: match![0].length };
}

/** `feat`, `fix`, `docs`, `refactor`, …: what kind of work a title announces. */
export function kindOf(title: string): string {
  return prefixOf(title)?.kind ?? WORD_KINDS.find(([words]) => words.test(title))?.[1] ?? 'feat';
}

/**
 * The nth branch name to try for a title: `<kind>-<slug>`, from the second on with `-2`, `-3`, … `-20`, then
 * with a part of the task's id; letters of other scripts are transliterated. The slug with its suffix has at most 50 characters.
 * @param n counted from 1
 */
export function branchCandidate(title: string, taskId: string, n: number): string {
  const subject = title.slice(prefixOf(title)?.length ?? 0);
  const suffix = suffixOf(taskId, n);
  const slug = anyAscii(subject)
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, MAX_SLUG - suffix.length)
    .replace(/-+$/, '');
  return `${kindOf(title)}-${slug === '' ? taskId.slice(0, 8) : slug}${suffix}`;
}

function suffixOf(taskId: string, n: number): string {
  if (n === 1) return '';
  if (n <= NUMBERED) return `-${n}`;
  return `-${taskId.replaceAll('-', '').slice(0, n === NUMBERED + 1 ? 8 : 16)}`;
}
