import { ProviderError } from '../sandbox-provider.js';
import { runProgram } from './run-program.js';

/** What this machine offers beyond git. */
export interface HostTools {
  /** Whether `flock` can lock a mirror across processes. */
  readonly locks: boolean;
  /** What to put before a command to run it in a PID namespace of its own; empty where that is not possible. */
  readonly namespace: readonly string[];
}

/**
 * The user stays who he is; killing `unshare` kills the namespace's first process, and with it the kernel
 * kills all others. That first process is a shell that only waits, since it inherits every orphan and
 * the agent server would leave them as zombies.
 */
const UNSHARE = [
  'unshare',
  '--user',
  '--map-current-user',
  '--pid',
  '--fork',
  '--kill-child=SIGKILL',
  '--mount-proc',
  '--',
  ...['/bin/sh', '-c', '"$@" & wait "$!"', 'slipway-init'],
];

/**
 * Tries out what there is; takes some 10 ms.
 * @throws ProviderError where the local provider cannot work at all
 */
export async function probeHost(env: Readonly<Record<string, string>>): Promise<HostTools> {
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
  if (!(await works(['git', '--version']))) {
    throw new ProviderError('git_missing', 'The local provider needs git on the PATH.', { retryable: false });
  }
  const [locks, unshare] = await Promise.all([
    works(['flock', '-w', '1', '-E', '75', '/dev/null', 'true']),
    works([...UNSHARE, 'true']),
  ]);
  return { locks, namespace: unshare ? UNSHARE : [] };
}
