import { describe, expect, it } from '@jest/globals';
import { fileTree, type Folder } from '../../web/src/changes/file-tree.js';

const file = (path: string) => ({
  path,
  status: 'modified' as const,
  additions: 1,
  deletions: 0,
  binary: false,
});
const drawn = ({ folders, files }: Folder): unknown[] => [
  ...folders.map((folder) => [folder.name, drawn(folder)]),
  ...files.map(({ name, index }) => `${name} ${index}`),
];

describe('the tree of changed files', () => {
  it('has folders first, by name, and files with their place in the list', () =>
    expect(drawn(fileTree(['z.txt', 'src/b.ts', 'src/a.ts', 'docs/x.md', 'a.txt'].map(file)))).toEqual([
      ['docs', ['x.md 3']],
      ['src', ['a.ts 2', 'b.ts 1']],
      'a.txt 4',
      'z.txt 0',
    ]));

  it('draws folders together that hold nothing but one another', () =>
    expect(drawn(fileTree(['a/b/c/d.ts', 'a/b/e/f/g.ts'].map(file)))).toEqual([
      [
        'a/b',
        [
          ['c', ['d.ts 0']],
          ['e/f', ['g.ts 1']],
        ],
      ],
    ]));

  it('takes names that objects know for names', () =>
    expect(drawn(fileTree(['__proto__/constructor'].map(file)))).toEqual([['__proto__', ['constructor 0']]]));

  it('of nothing is empty', () => expect(drawn(fileTree([]))).toEqual([]));
});
