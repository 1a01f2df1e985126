import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** All files below a folder, where others make and remove folders meanwhile: what is gone by then is left out. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  const found = await Promise.all(
    entries.map(async (each) => {
      const path = join(folder, each.name);
      if (each.isDirectory()) return filesBelow(path);
      return each.isFile() ? [path] : [];
    }),
  );
  return found.flat();
}
