import { describe, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { readSettings } from './settings.js';
import { settingsIn } from './setting.js';
import { SETTINGS } from './settings-table.js';

const README = 'README.md';
const HEADER = '| variable | default | |\n|---|---|---|\n';
/** The README's table: from its header to the next empty line. */
const TABLE = /\| *variable *\| *default *\|[^]*?\n(?=\n)/;

const settings = settingsIn(SETTINGS);

function rendered(): string {
  const rows = settings.map(({ row, shown, doc }) => `| \`${row}\` | ${shown} | ${doc} |\n`);
  return HEADER + [...new Set(rows)].join('');
}

describe('settings', () => {
  it('are in the README as they are in the table (bring it up to date with: npm run docs:settings)', async () => {
    const readme = await readFile(README, 'utf8');
    expect(readme).toMatch(TABLE);
    const wanted = readme.replace(TABLE, () => rendered());
    if (process.env.WRITE_DOCS === '1') await writeFile(README, wanted);
    expect(await readFile(README, 'utf8')).toBe(wanted);
  });

  it.each(settings)(
    '$variable is documented, and what is wrong with it is one line that names it',
    ({ variable: name, doc }) => {
      expect(doc).toMatch(/\S/);
      const wrong = '\u0000'.repeat(5_000);
      expect(() => readSettings({ [name]: wrong })).toThrow(
        expect.objectContaining({ name: 'SettingsError' }),
      );
      try {
        readSettings({ [name]: wrong });
      } catch (error) {
        const lines = (error as Error).message.split('\n');
        expect(lines).toEqual([expect.stringMatching(new RegExp(`^${name} must be `))]);
        expect(lines[0]!.length).toBeLessThan(500);
      }
    },
  );

  it('that hold a password are not shown', () => {
    for (const name of ['EVENTSTORE_URL', 'DATABASE_URL'])
      expect(() => readSettings({ [name]: 'mysql://u:pa55word@host/x' })).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('pa55word') }),
      );
  });
});
