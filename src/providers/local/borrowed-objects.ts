import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { readBelow, writeBelow } from '../../platform/plain-files.js';
import type { SandboxFiles } from './sandbox-files.js';

const ALTERNATES = '.git/objects/info/alternates';
const LONGEST = 64 << 10;

/** The folder that holds all mirrors, for a sandbox. */
function mirrorsOf(files: SandboxFiles): string {
  return join(dirname(dirname(files.root)), 'mirrors');
}

/**
 * Has the checkout name the mirror whose objects it borrows by a relative path, so that both can be moved
 * together. A checkout that borrows nothing, or from elsewhere, is left alone.
 * @throws ProviderError when its folders are not folders any more
 */
export async function borrowByRelativePath(files: SandboxFiles): Promise<void> {
  const text = (await readBelow(files.checkout, ALTERNATES, LONGEST))?.toString();
  const lines = text?.split('\n') ?? [];
  const mended = lines.map((line) => {
    const repository = /^\/.*\/mirrors\/([0-9a-f]{32}\.git)\/objects$/.exec(line)?.[1];
    return repository === undefined ? line : pathTo(files, repository);
  });
  if (text !== undefined && mended.join('\n') !== text) {
    await writeBelow(files.checkout, ALTERNATES, mended.join('\n'), 0o644);
  }
}

/** The mirror that the checkout borrows from, if it is there. */
export async function borrowedMirror(files: SandboxFiles, mirror: string): Promise<string[]> {
  const path = join(mirrorsOf(files), basename(mirror));
  return access(path, constants.R_OK).then(
    () => [path],
    () => [],
  );
}

function pathTo(files: SandboxFiles, repository: string): string {
  const from = join(files.checkout, '.git', 'objects');
  return relative(from, join(mirrorsOf(files), repository, 'objects'));
}
