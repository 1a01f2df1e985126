import { createHash } from 'node:crypto';

/** Who a sandbox's programs run as. */
export interface SandboxUser {
  readonly uid: number;
  readonly gid: number;
}

/** Numbers that no system gives to anybody (systemd.io/UIDS-GIDS calls them unused): 2^28 of them. */
const FIRST = 1_879_048_192;

/**
 * Where we are root, each sandbox has a user of its own, who owns nothing else on this machine: told by the task id, so that
 * nothing has to be remembered. Else it is the user that we are.
 */
export function sandboxUser(taskId: string): SandboxUser {
  const ours = ourUser();
  if (ours.uid !== 0) return ours;
  const own = FIRST + (createHash('sha256').update(taskId).digest().readUInt32BE() >>> 4);
  return { uid: own, gid: own };
}

/** The user that we are. */
export const ourUser = (): SandboxUser => ({ uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 });
