import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { never, useLocalProvider } from './local-fixture.js';
import { git, makeRepository } from './repository.js';

const fixture = useLocalProvider();
const pointer = (n: number) =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${String(n).repeat(64)}\nsize 12345\n`;

describe('what a checkout does not have', () => {
  it('is nothing of most repositories', async () => {
    const made = await fixture.open().createSandbox(fixture.spec(), never);
    expect(made).not.toHaveProperty('notices');
  });

  it('is said of submodules and LFS files, also to who only finds the sandbox', async () => {
    const remote = makeRepository(join(fixture.dir, 'with-modules'), {
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'a.bin': pointer(1),
      'deep/with "odd"\nname.bin': pointer(2),
      'no-pointer.bin': 'just bytes',
      'looks-like.txt': pointer(3),
    });
    for (let n = 1; n <= 7; n++) {
      git(
        remote,
        'update-index',
        '--add',
        '--cacheinfo',
        `160000,${git(remote, 'rev-parse', 'HEAD')},vendor/m${n}`,
      );
    }
    git(remote, 'commit', '--quiet', '--message=modules');
    const spec = fixture.spec({ repoRemote: remote });
    const { notices } = await fixture.open().createSandbox(spec, never);
    expect(notices).toEqual([
      'Submodules are not fetched; their folders are empty (7): vendor/m1, vendor/m2, vendor/m3, vendor/m4, vendor/m5, ….',
      'Git LFS files are not fetched; there are pointers in their place (2): a.bin, deep/with "odd"?name.bin.',
    ]);
    expect((await fixture.open().findSandbox(spec.taskId, never))?.notices).toEqual(notices);
  });
});
