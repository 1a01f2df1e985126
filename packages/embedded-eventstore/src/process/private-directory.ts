import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** From now on, what this process makes is for its own user alone. */
export const makeOnlyForUs = (): void => void process.umask(0o077);

/**
 * Takes a directory that others may have been able to read, and the files in it, from everybody but their owner.
 * Gives what could not be mended, in words: such as files that belong to another user.
 */
export function closeToOthers(directory: string): string[] {
  if (process.platform === 'win32') return [];
  const complaints: string[] = [];
  const close = (path: string, wanted: 'directory' | 'file', mode: number) => {
    try {
      const found = lstatSync(path);
      // chmod follows links, and what they point to is none of ours.
      const isWanted = wanted === 'file' ? found.isFile() : found.isDirectory();
      if (isWanted && (found.mode & 0o077) !== 0) chmodSync(path, mode);
    } catch (error) {
      complaints.push(`${path} cannot be closed to other users: ${(error as Error).message}`);
    }
  };
  close(directory, 'directory', 0o700);
  for (const name of readdirSync(directory)) close(join(directory, name), 'file', 0o600);
  return complaints;
}
