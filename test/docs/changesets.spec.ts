import { describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const read = (path: string) => readFileSync(join(process.cwd(), path), 'utf8');
const readJson = <T>(path: string) => JSON.parse(read(path)) as T;

interface Package {
  readonly name: string;
  readonly version: string;
  readonly workspaces: readonly string[];
}
const { version, workspaces } = readJson<Package>('package.json');
const names = workspaces.map((folder) => readJson<Package>(join(folder, 'package.json')).name);

const changesets = readdirSync('.changeset').filter((name) => /^(?!README).*\.md$/.test(name));
const FORMAT = /^---\n((?:["'][^"'\n]+["']: (?:major|minor|patch)\n)+)---\n\n?(\S[^]*)$/;

function problemsOf(changeset: string): string[] {
  const [, packages, text] = FORMAT.exec(changeset) ?? [];
  if (packages === undefined || text === undefined) return ['is not in the format'];
  const named = [...packages.matchAll(/["']([^"']+)["']/g)].map(([, name]) => name!);
  return [
    ...named.filter((name) => !names.includes(name)).map((name) => `${name} is no package`),
    ...(/^[A-Z`].*[.:)]$/m.test(text) ? [] : ['has no sentence']),
  ];
}

describe('changes that are not released yet', () => {
  it('are of packages that can be released, the service among them', () =>
    expect(names).toContain('slipway'));

  it('say each of which packages, how large, and what', () =>
    expect(
      changesets.flatMap((name) =>
        problemsOf(read(join('.changeset', name))).map((what) => `${name}: ${what}`),
      ),
    ).toEqual([]));

  it.each([
    ['---\n---\n\nNothing.\n', 'is not in the format'],
    ["---\n'no-such': minor\n---\n\nSomething.\n", 'no-such is no package'],
    ["---\n'slipway': minor\n---\n\nno sentence\n", 'has no sentence'],
  ])('and %j is noticed', (text, problem) => expect(problemsOf(text)).toContain(problem));
});

describe('the changelog', () => {
  it('begins with the version that package.json has', () =>
    expect(/^## (.+)$/m.exec(read('CHANGELOG.md'))?.[1]).toBe(version));
});
