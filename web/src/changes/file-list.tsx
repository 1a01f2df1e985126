import { useMemo } from 'react';
import type { ChangedFile } from '@slipway/client';
import { fileTree, type Folder } from './file-tree.js';

const MARK: Readonly<Record<string, string>> = {
  added: 'A',
  modified: 'M',
  deleted: 'D',
  renamed: 'R',
  type_changed: 'T',
};

interface FileListProps {
  readonly files: readonly ChangedFile[];
  readonly onGo: (index: number) => void;
}

/** The changed files as a tree; each leads to its diff. */
export function FileList({ files, onGo }: FileListProps) {
  const tree = useMemo(() => fileTree(files), [files]);
  return (
    <nav className="file-tree" aria-label="Changed files">
      <Inside folder={tree} onGo={onGo} />
    </nav>
  );
}

function Inside({ folder, onGo }: { folder: Folder; onGo: (index: number) => void }) {
  return (
    <ul>
      {folder.folders.map((each) => (
        <li key={each.name}>
          <details open>
            <summary>{each.name}</summary>
            <Inside folder={each} onGo={onGo} />
          </details>
        </li>
      ))}
      {folder.files.map(({ name, file, index }) => (
        <li key={file.path}>
          <button type="button" title={file.path} onClick={() => onGo(index)}>
            <span
              className={`file-mark ${file.status}`}
              aria-label={file.status.replace('_', ' ')}
              role="img"
            >
              {MARK[file.status]}
            </span>
            <span className="file-name">{name}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
