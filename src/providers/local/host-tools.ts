import { ProviderError } from '../../events/provider-error.js';
import { type AgentView, type Isolation, namespaceCommand } from './agent-namespace.js';
import { runProgram } from '../../platform/run-program.js';

type Environment = Readonly<Record<string, string>>;

/**
 * Tries out what checkouts need.
 * @returns whether `flock` can lock a mirror across processes
 * @throws ProviderError where they cannot be made at all
 */
export async function probeTools(env: Environment): Promise<{ readonly locks: boolean }> {
  if (process.platform !== 'linux') {
    throw new ProviderError(
      'platform_unsupported',
      'This provider needs Linux: it finds and stops its processes through /proc.',
      { retryable: false },
    );
  }
  const problem = await gitProblem(env);
  if (problem !== null) throw problem;
  return { locks: await works(['flock', '-w', '1', '-E', '75', '/dev/null', 'true'], env) };
}

/**
 * Tries out how far agents can be kept apart from us; takes some 20 ms.
 * @param programs what agents have to be able to run, also in their view
 * @param options `ownUsers`: whether users of their own are wanted, which takes root
 */
export async function probeIsolation(
  env: Environment,
  view: AgentView,
  programs: readonly string[],
  { ownUsers }: { readonly ownUsers: boolean },
): Promise<Isolation> {
  // Another user may not get as far as to our folders.
  const tests = [...programs, ...view.runnable, view.data, view.temp]
    .flatMap((path) => ['-a', '-x', path])
    .slice(1);
  const allows = (isolation: Isolation) =>
    works([...namespaceCommand(isolation, view), 'test', ...tests], env);
  const asUser = ownUsers && process.geteuid?.() === 0;
  const kinds = ['user', 'view', 'processes'] as const;
  const allowed = await Promise.all(kinds.map(async (kind) => (kind !== 'user' || asUser) && allows(kind)));
  return kinds.find((_, index) => allowed[index]) ?? 'none';
}

function works([file = '', ...args]: readonly string[], env: Environment): Promise<boolean> {
  const signal = new AbortController().signal;
  return runProgram(file, args, { env, signal, timeoutMs: 5_000 }).then(
    ({ code }) => code === 0,
    () => false,
  );
}

/** `http.curloptResolve`, by which git reaches no other address than the one that was checked, came with it. */
const OLDEST_GIT = [2, 37] as const;

/** What is wrong with this machine's git, or null. */
export async function gitProblem(env: Environment): Promise<ProviderError | null> {
  const options = { env, signal: new AbortController().signal, timeoutMs: 5_000 };
  const result = await runProgram('git', ['--version'], options).catch(() => null);
  const [, major, minor] = /^git version (\d+)\.(\d+)/.exec(result?.stdout ?? '') ?? [];
  if (major === undefined) {
    return new ProviderError('git_missing', 'Sandboxes on this machine need git on the PATH.');
  }
  const [atLeast, andThen] = OLDEST_GIT;
  if (Number(major) > atLeast || (Number(major) === atLeast && Number(minor) >= andThen)) return null;
  return new ProviderError(
    'git_too_old',
    `Sandboxes on this machine need git ${OLDEST_GIT.join('.')} or later; this is ${major}.${minor}.`,
  );
}
