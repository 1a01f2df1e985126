import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** A mirror's repository and the file that whoever writes there locks. */
export interface MirrorPlace {
  readonly path: string;
  readonly lock: string;
}

/** Where the mirror of a remote lies, which its address alone decides. */
export function mirrorPlace(folder: string, url: string): MirrorPlace {
  const key = createHash('sha256').update(url).digest('hex').slice(0, 32);
  return { path: join(folder, `${key}.git`), lock: join(folder, `${key}.lock`) };
}
