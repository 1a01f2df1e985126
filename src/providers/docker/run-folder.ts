import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../../platform/remove-tree.js';
import { exists, writeBelow } from '../../platform/plain-files.js';
import type { SandboxUser } from '../local/sandbox-user.js';
import { TO_PORT } from './port-door.js';
import { DOOR, PORT_PROGRAM, TASK } from './sandbox-view.js';

/** What a container is given beside its task's folder, one folder a task, out of the agent's reach but for the door. */
export interface RunFolder {
  /** In it the sandbox makes the sockets by which its agent server and its ports are reached. */
  readonly door: string;
  /** What is mounted, by where the sandbox sees it. */
  readonly mounts: readonly { readonly from: string; readonly at: string; readonly writable?: boolean }[];
}

/** Where one task's lies. */
export const runFolderOf = (dataDir: string, taskId: string): string => join(dataDir, 'run', taskId);
export const doorOf = (dataDir: string, taskId: string): string => join(runFolderOf(dataDir, taskId), 'door');

/** Made anew for each start: programs look their user up by name, and git and ssh want one. */
export async function makeRunFolder(
  dataDir: string,
  taskId: string,
  { uid, gid }: SandboxUser,
): Promise<RunFolder> {
  const folder = runFolderOf(dataDir, taskId);
  const door = doorOf(dataDir, taskId);
  if (await exists(door)) await removeTree(door);
  await mkdir(door, { recursive: true, mode: 0o700 });
  if (process.geteuid?.() === 0) await chown(door, uid, gid);
  const passwd = `root:x:0:0:root:/nonexistent:/usr/sbin/nologin\nagent:x:${uid}:${gid}:agent:${TASK}/home:/bin/bash\n`;
  await writeBelow(folder, 'passwd', passwd, 0o644);
  await writeBelow(folder, 'group', `root:x:0:\nagent:x:${gid}:\n`, 0o644);
  await writeBelow(folder, 'to-port', TO_PORT, 0o644);
  return {
    door,
    mounts: [
      { from: door, at: DOOR, writable: true },
      { from: join(folder, 'passwd'), at: '/etc/passwd' },
      { from: join(folder, 'group'), at: '/etc/group' },
      { from: join(folder, 'to-port'), at: PORT_PROGRAM },
    ],
  };
}
