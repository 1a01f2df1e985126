import type { ChangedFile } from '@slipway/client';

/** Changed files by folder; a folder that holds nothing but another is one with it. */
export interface Folder {
  /** `src/http`, relative to the folder above. */
  readonly name: string;
  readonly folders: readonly Folder[];
  readonly files: readonly TreeFile[];
}

export interface TreeFile {
  readonly name: string;
  readonly file: ChangedFile;
  /** Its place in the list. */
  readonly index: number;
}

interface Growing {
  readonly folders: Map<string, Growing>;
  readonly files: TreeFile[];
}

/** The tree of a list of files, folders and files in the order of their names. */
export function fileTree(files: readonly ChangedFile[]): Folder {
  const root: Growing = { folders: new Map(), files: [] };
  files.forEach((file, index) => {
    const parts = file.path.split('/');
    const name = parts.pop()!;
    let at = root;
    for (const part of parts) {
      const next = at.folders.get(part) ?? { folders: new Map(), files: [] };
      at.folders.set(part, next);
      at = next;
    }
    at.files.push({ name, file, index });
  });
  return grown('', root);
}

function grown(name: string, { folders, files }: Growing): Folder {
  const [only] = folders;
  if (name !== '' && files.length === 0 && folders.size === 1 && only)
    return grown(`${name}/${only[0]}`, only[1]);
  const byName = <T extends { readonly name: string }>(a: T, b: T) => (a.name < b.name ? -1 : 1);
  return {
    name,
    folders: [...folders].map(([each, inside]) => grown(each, inside)).sort(byName),
    files: [...files].sort(byName),
  };
}
