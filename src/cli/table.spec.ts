import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { tableLines, widthOf } from './table.js';

const plain = { columns: undefined, colour: false };
const ID = '6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e';

describe('a table', () => {
  it('is as wide as it needs to be where no terminal limits it', () => {
    expect(tableLines(['TASK', 'TITLE'], [[ID, 'x'.repeat(200)]], plain)).toEqual([
      `TASK${' '.repeat(32)}  TITLE`,
      `${ID}  ${'x'.repeat(200)}`,
    ]);
  });

  it('cuts its widest columns to fit a terminal, and leaves the ids whole', () => {
    const lines = tableLines(
      ['TASK', 'STATUS', 'MESSAGE', 'TITLE'],
      [[ID, 'running', 'm'.repeat(60), 't'.repeat(90)]],
      { columns: 80, colour: false },
    );
    expect(lines[1]).toBe(`${ID}  running  ${'m'.repeat(14)}…  ${'t'.repeat(15)}…`);
  });

  it('counts what letters take in a terminal', () => {
    expect(['ab', '日本', 'e\u0301', '🚀'].map(widthOf)).toEqual([2, 4, 1, 2]);
    expect(
      tableLines(['A', 'B', 'C'], [['日本', '日本語日本語日本語', 'c']], { columns: 17, colour: false }),
    ).toEqual(['A     B         C', '日本  日本語…   c']);
  });

  it('shows what would move the cursor, and colours only what it knows', () => {
    const [heading, row] = tableLines(['A', 'B'], [['\x1b[31m', 'running']], { columns: 80, colour: true });
    expect(heading).toBe('\x1b[1mA\x1b[22m      \x1b[1mB\x1b[22m');
    expect(row).toBe('␛[31m  \x1b[32mrunning\x1b[39m');
  });

  it('fits wherever its first column leaves eight columns to each of the others', () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 60 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell), { minLength: 1 }),
        fc.integer({ min: 0, max: 60 }),
        (rows, more) => {
          const first = Math.max(1, ...rows.map(([id]) => widthOf(tableLines([id], [], plain)[0]!)));
          const columns = first + 2 * (2 + 8) + more;
          for (const line of tableLines(['A', 'B', 'C'], rows, { columns, colour: false }))
            expect(widthOf(line)).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });
});
