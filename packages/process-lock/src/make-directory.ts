import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory and those above it that are missing. Rejects with the system's error, also below /proc and the
 * like, where Node's own `recursive` tries again for ever: each directory is tried twice at most.
 */
export async function makeDirectory(path: string, mode?: number): Promise<void> {
  const isMade = () =>
    mkdir(path, mode).then(
      () => true,
      async (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        const isThere = await stat(path).then(
          (found) => found.isDirectory(),
          () => false,
        );
        if (!isThere) throw error;
        return true;
      },
    );
  if (await isMade()) return;
  const parent = dirname(path);
  if (parent !== path) await makeDirectory(parent, mode);
  if (!(await isMade()))
    throw Object.assign(new Error(`ENOENT: ${path} cannot be made`), { code: 'ENOENT', path });
}
