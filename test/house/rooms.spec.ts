import { describe, expect, it } from '@jest/globals';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

const PAGE = 'ARCHITECTURE.md';
const ROW = /^(\| *`src\/([a-z]+)` *\|[^|]*\|)[^|]*\|$/gm;

const { ROOMS } = (await import(resolve('.dependency-cruiser.js'))) as { ROOMS: Record<string, string[]> };
const allowed = new Map(Object.entries(ROOMS));
const cell = (room: string): string =>
  [...(allowed.get(room) ?? [])].map((name) => `\`${name}\``).join(', ') || 'no other room';

describe('the rooms of src', () => {
  it('are those that the table of allowed imports names', async () => {
    const entries = await readdir('src', { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(folders.sort()).toEqual([...allowed.keys()].sort());
  });

  it('import only what stands below them', () => {
    const names = [...allowed.keys()];
    for (const [room, others] of allowed)
      for (const other of others) expect(names.indexOf(other)).toBeLessThan(names.indexOf(room));
  });

  it('are in ARCHITECTURE.md as in the table (bring it up to date with: npm run docs:rooms)', async () => {
    const page = await readFile(PAGE, 'utf8');
    expect([...page.matchAll(ROW)].map((row) => row[2]).sort()).toEqual([...allowed.keys()].sort());
    const wanted = page.replace(ROW, (_, start: string, room: string) => `${start} ${cell(room)} |`);
    if (process.env['WRITE_DOCS'] === '1') await writeFile(PAGE, wanted);
    expect(await readFile(PAGE, 'utf8')).toBe(wanted);
  });
});
