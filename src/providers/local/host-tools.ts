import { ProviderError } from '../../events/provider-error.js';
import { type AgentView, type Isolation, namespaceCommand } from './agent-namespace.js';
import { runProgram } from '../../platform/run-program.js';

/** What this machine offers beyond git. */
export interface HostTools {
  /** Whether `flock` can lock a mirror across processes. */
  readonly locks: boolean;
  /** How far agents can be kept apart from us. */
  readonly isolation: Isolation;
}

/**
 * Tries out what there is; takes some 20 ms.
 * @param programs what agents have to be able to run, also in their view
 * @throws ProviderError where the local provider cannot work at all
 */
export async function probeHost(
  env: Readonly<Record<string, string>>,
  view: AgentView,
  programs: readonly string[],
): Promise<HostTools> {
  if (process.platform !== 'linux') {
    throw new ProviderError(
      'platform_unsupported',
      'The local provider needs Linux: it finds and stops its processes through /proc.',
      { retryable: false },
    );
  }
  const works = async ([file = '', ...args]: readonly string[]): Promise<boolean> => {
    const signal = new AbortController().signal;
    return runProgram(file, args, { env, signal, timeoutMs: 5_000 }).then(
      ({ code }) => code === 0,
      () => false,
    );
  };
  const problem = await gitProblem(env);
  if (problem !== null) throw problem;
  const tests = programs.flatMap((program) => ['-a', '-x', program]).slice(1);
  const allows = (isolation: Isolation) => works([...namespaceCommand(isolation, view), 'test', ...tests]);
  const [locks, sees, isolates] = await Promise.all([
    works(['flock', '-w', '1', '-E', '75', '/dev/null', 'true']),
    allows('view'),
    allows('processes'),
  ]);
  return { locks, isolation: sees ? 'view' : isolates ? 'processes' : 'none' };
}

/** `http.curloptResolve`, by which git reaches no other address than the one that was checked, came with it. */
const OLDEST_GIT = [2, 37] as const;

/** What is wrong with this machine's git, or null. */
export async function gitProblem(env: Readonly<Record<string, string>>): Promise<ProviderError | null> {
  const options = { env, signal: new AbortController().signal, timeoutMs: 5_000 };
  const result = await runProgram('git', ['--version'], options).catch(() => null);
  const [, major, minor] = /^git version (\d+)\.(\d+)/.exec(result?.stdout ?? '') ?? [];
  if (major === undefined) {
    return new ProviderError('git_missing', 'The local provider needs git on the PATH.');
  }
  const [atLeast, andThen] = OLDEST_GIT;
  if (Number(major) > atLeast || (Number(major) === atLeast && Number(minor) >= andThen)) return null;
  return new ProviderError(
    'git_too_old',
    `The local provider needs git ${OLDEST_GIT.join('.')} or later; this is ${major}.${minor}.`,
  );
}
