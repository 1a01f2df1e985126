import { ProviderError } from '../../events/provider-error.js';
import type { DockerOptions, Limits } from './docker-options.js';
import type { Engine } from './engine.js';

/** What of the engine's answer matters to us; the types know fewer fields. */
interface Info {
  readonly ServerVersion: string;
  readonly OSType: string;
  readonly NCPU: number;
  readonly SecurityOptions?: readonly string[] | null;
  readonly MemoryLimit: boolean;
  readonly PidsLimit: boolean;
  readonly CpuCfsQuota: boolean;
}

/** Other users' files and processes would not be theirs there, or somebody else's. */
const REMAPPED = /name=(userns|rootless)/;

/**
 * Asks the engine what it is, and says what does not hold there.
 * @returns the limits as far as the machine has them
 * @throws ProviderError where sandboxes cannot run on it
 */
export async function inspectEngine(
  engine: Engine,
  { limits, egress, log }: Pick<DockerOptions, 'limits' | 'egress' | 'log'>,
  signal: AbortSignal,
): Promise<Limits> {
  const info = (await engine.ask('ask what it is', signal, (docker) => docker.info())) as Info;
  const options = info.SecurityOptions ?? [];
  if (info.OSType !== 'linux' || options.some((each) => REMAPPED.test(each))) {
    const reason = `The engine (${info.ServerVersion}, ${info.OSType}) maps users or is not Linux, which sandboxes cannot use yet.`;
    throw new ProviderError('engine_unsupported', reason);
  }
  const lacking = [
    ...(info.MemoryLimit ? [] : ['memory']),
    ...(info.PidsLimit ? [] : ['number of processes']),
    ...(info.CpuCfsQuota ? [] : ['processor time']),
  ];
  if (lacking.length > 0)
    log?.warn({ lacking }, `this engine does not limit a sandbox's ${lacking.join(', ')}`);
  if (!options.some((each) => each.startsWith('name=seccomp')))
    log?.warn({}, 'this engine filters no system calls (seccomp): sandboxes reach more of the kernel');
  if (process.geteuid?.() !== 0)
    log?.info({}, 'sandboxes run as the user that the service is: only root can give each one of its own');
  log?.info(
    { engine: info.ServerVersion, egress: egress.policy },
    'sandboxes run in containers, without a network',
  );
  return { ...limits, cpus: Math.min(limits.cpus, info.NCPU) };
}
