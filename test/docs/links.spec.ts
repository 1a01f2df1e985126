import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { Markdown, filesOf } from './markdown.js';

/*
 * Documents name files, and files move. A link's title (the text in quotes behind its target) is a symbol or a sentence
 * that has to be in the file; words marked as code that look like a path or a file of ours have to be one.
 */

const ROOT = process.cwd();
const FILES = filesOf(ROOT);
const NAMES = new Set(FILES.map((file) => basename(file)));
const DOCUMENTS = FILES.filter((file) => file.endsWith('.md') && !/^(\.changeset|test|web)\//.test(file));

/** A path from the root, in a folder of ours. */
const PATH = /^(?:src|test|packages|scripts|docs|examples|web)\/[\w./-]+$/;
/** A file's name alone, of the kinds that documents name without their folder. */
const NAME = /^[\w-]+(?:\.[\w-]+)*\.(?:ts|tsx|mjs)$/;
const SCRIPT = /\bnpm run (?:-s )?([\w-][\w:-]*)/g;
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };

/** Made by the build, or by whoever runs something. */
const MADE = /(^|\/)dist(\/|$)/;

function problemsOfLink(document: string, target: string, title?: string): string[] {
  if (/^[a-z]+:/.test(target)) return [];
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? document : normalize(join(dirname(document), path));
  if (!existsSync(join(ROOT, file))) return [`${target}: there is no ${file}`];
  if (title !== undefined && !readFileSync(join(ROOT, file), 'utf8').includes(title))
    return [`${target}: ${file} does not have ${JSON.stringify(title)}`];
  if (anchor !== undefined && !Markdown.read(join(ROOT, file)).anchors.includes(anchor))
    return [`${target}: ${file} has no heading #${anchor}`];
  return [];
}

function problemsOfCode(document: string, code: string): string[] {
  if (MADE.test(code)) return [];
  if (PATH.test(code)) {
    // A package's own document names its folders from where it is.
    const places = [code, join(dirname(document), code)];
    return places.some((place) => existsSync(join(ROOT, place))) ? [] : [`\`${code}\` is no file or folder`];
  }
  return NAME.test(code) && !NAMES.has(code) ? [`\`${code}\` is the name of no file`] : [];
}

const problemsOfScripts = (text: string): string[] =>
  [...text.matchAll(SCRIPT)].flatMap(([command, name]) =>
    Object.hasOwn(scripts, name!) ? [] : [`${command}: there is no such script`],
  );

describe('what documents name is there', () => {
  it('and the documents are found', () =>
    expect(DOCUMENTS).toEqual(
      expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md']),
    ));

  it('and each page of docs is in the list of all pages', () => {
    const listed = Markdown.read(join(ROOT, 'docs/README.md')).links.map(({ target }) => target);
    const pages = DOCUMENTS.filter((file) => /^docs\/[^/]+\.md$/.test(file)).map((file) => basename(file));
    expect(listed).toEqual(expect.arrayContaining(pages.filter((page) => page !== 'README.md')));
  });

  it.each(DOCUMENTS)('%s', (document) => {
    const { links, codes, prose, fences } = Markdown.read(join(ROOT, document));
    expect([
      ...links.flatMap(({ target, title }) => problemsOfLink(document, target, title)),
      ...codes.flatMap((code) => problemsOfCode(document, code)),
      ...problemsOfScripts([prose, ...fences.map(({ text }) => text)].join('\n')),
    ]).toEqual([]);
  });

  it.each<[string, string, string | undefined]>([
    ['a file that is gone', 'src/nowhere.ts', undefined],
    ['a heading that is gone', 'README.md#no-such-heading', undefined],
    ['a symbol that is gone', 'package.json', 'no such symbol'],
  ])('and %s is noticed', (_, target, title) =>
    expect(problemsOfLink('README.md', target, title)).toHaveLength(1),
  );

  it.each(['src/commands/nowhere.ts', 'no-such-file-of-ours.ts'])('and so is `%s` in the text', (code) =>
    expect(problemsOfCode('README.md', code)).toHaveLength(1),
  );

  it('and so is a script that is gone', () =>
    expect(problemsOfScripts('npm run -s jest -- x; npm run no:such')).toEqual([
      'npm run no:such: there is no such script',
    ]));
});
