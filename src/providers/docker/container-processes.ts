import { parseStat } from '@slipway/process-lock';
import { readdir } from 'node:fs/promises';
import { readPlain } from '../../platform/plain-files.js';
import { isRunning } from '../local/process-tree.js';
import type { SandboxProcesses } from '../local/sandbox-host.js';
import type { Container } from './containers.js';

const LARGEST_PROC = 1 << 20;

/**
 * A container's processes by their numbers here: its first one and all that descends from it. None where it cannot be seen from
 * here, as from within another container: a number would mean something else then.
 * @param find the container, if it runs
 */
export function containerProcesses(find: () => Promise<Container | null>): SandboxProcesses {
  const pids = async () => {
    const container = await find();
    const first = container?.State.Pid ?? 0;
    if (container === null || first <= 1) return [];
    const belongs = (await procText(first, 'cgroup')).includes(container.Id);
    return belongs ? [first, ...(await descendantsOf(first))] : [];
  };
  return {
    pids,
    has: async (identity) => (await isRunning(identity)) && (await pids()).includes(identity.pid),
  };
}

/** What a process started, and what that started; those whose parent ended are the first one's. */
async function descendantsOf(pid: number): Promise<number[]> {
  const found: number[] = [];
  for (const thread of await readdir(`/proc/${pid}/task`).catch(() => [])) {
    const children = (await procText(pid, `task/${thread}/children`)).split(' ').map(Number);
    for (const child of children.filter((each) => each > 1)) {
      if (parseStat(await procText(child, 'stat'))) found.push(child, ...(await descendantsOf(child)));
    }
  }
  return found;
}

async function procText(pid: number, name: string): Promise<string> {
  // One that ends while it is read has nothing more to tell.
  const text = await readPlain(`/proc/${pid}/${name}`, LARGEST_PROC).catch(() => undefined);
  return (text ?? '').toString('latin1');
}
