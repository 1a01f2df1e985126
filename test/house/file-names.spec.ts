import { describe, expect, it } from '@jest/globals';
import { readdir } from 'node:fs/promises';

const KEBAB = /^[a-z0-9]+([-.][a-z0-9]+)*$/;
/** Names that are not ours to choose: documents that tools look for, and events as they are stored. */
const OTHERS = /^(README|CHANGELOG|LICENSE)(\.md)?$|^[A-Z][A-Za-z]+\.v\d+\.json$/;
const OUTPUT = /(^|\/)(node_modules|dist)(\/|$)|(^|\/)\./;

describe('files and folders', () => {
  it.each(['src', 'test', 'packages', 'web', 'scripts', 'docs'])(
    'of %s have names in kebab-case',
    async (top) => {
      const paths = (await readdir(top, { recursive: true })).filter((path) => !OUTPUT.test(path));
      const wrong = paths.filter((path) => {
        const name = path.slice(path.lastIndexOf('/') + 1);
        return !KEBAB.test(name) && !OTHERS.test(name);
      });
      expect(paths).not.toEqual([]);
      expect(wrong).toEqual([]);
    },
  );
});
