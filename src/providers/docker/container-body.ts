import type { ContainerCreateOptions, MountConfig } from 'dockerode';
import type { Limits } from './docker-options.js';
import type { SandboxUser } from '../local/sandbox-user.js';
import { PROXY } from './sandbox-scripts.js';
import { TASK } from './sandbox-view.js';

const MIB = 1 << 20;

/** By these an engine's containers are found again. */
export const LABEL = {
  service: 'slipway.service',
  task: 'slipway.task',
  workspace: 'slipway.workspace',
  role: 'slipway.role',
  run: 'slipway.setup-run',
} as const;

export interface ContainerPlan {
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly user: SandboxUser;
  /** What of this machine it sees, by where it sees it. */
  readonly mounts: readonly { readonly from: string; readonly at: string; readonly writable?: boolean }[];
  readonly hasWayOut: boolean;
  readonly limits: Limits;
}

/**
 * What the engine is asked for. The container has no network but its own loopback, no rights, and nothing that it can write
 * but its task's folder and what is gone with it.
 */
export function containerBody(plan: ContainerPlan): ContainerCreateOptions {
  const { limits, user } = plan;
  const memory = limits.memoryMib * MIB;
  const temp = `rw,nosuid,nodev,size=${limits.tempMib}m,mode=1777`;
  return {
    name: plan.name,
    Image: plan.image,
    Labels: plan.labels,
    Entrypoint: [],
    Cmd: [...plan.command],
    Env: Object.entries(environmentOf(plan)).map(([name, value]) => `${name}=${value}`),
    User: `${user.uid}:${user.gid}`,
    WorkingDir: TASK,
    Hostname: 'sandbox',
    AttachStdin: true,
    OpenStdin: true,
    // Who gives it its variables gives them once; where that one dies, the program ends.
    StdinOnce: true,
    Tty: false,
    NetworkDisabled: true,
    HostConfig: {
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      ReadonlyRootfs: true,
      IpcMode: 'private',
      RestartPolicy: { Name: 'no' },
      Tmpfs: { '/tmp': temp, '/var/tmp': temp, '/run': 'rw,nosuid,nodev,size=16m,mode=1777' },
      Mounts: mountsOf(plan),
      Memory: memory,
      // As much as the memory: none of it is swapped.
      MemorySwap: memory,
      NanoCpus: Math.round(limits.cpus * 1e9),
      PidsLimit: limits.pids,
      Ulimits: [
        { Name: 'core', Soft: 0, Hard: 0 },
        { Name: 'fsize', Soft: limits.fileMib * MIB, Hard: limits.fileMib * MIB },
        { Name: 'nofile', Soft: 16_384, Hard: 16_384 },
      ],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '2' } },
    },
  };
}

const mountsOf = ({ mounts }: ContainerPlan): MountConfig =>
  mounts.map(({ from, at, writable = false }) => ({
    Type: 'bind',
    Source: from,
    Target: at,
    ReadOnly: !writable,
  }));

function environmentOf({ env, hasWayOut }: ContainerPlan): Record<string, string> {
  const out = { HTTP_PROXY: PROXY, HTTPS_PROXY: PROXY, http_proxy: PROXY, https_proxy: PROXY };
  return {
    HOME: `${TASK}/home`,
    XDG_DATA_HOME: `${TASK}/data`,
    TMPDIR: '/tmp',
    LANG: 'C.UTF-8',
    ...(hasWayOut && { ...out, NO_PROXY: '127.0.0.1,localhost', NODE_USE_ENV_PROXY: '1' }),
    ...env,
  };
}
