import { describe, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const { apiReport, packages } = (await import(resolve('scripts/api-report.mjs'))) as {
  apiReport: (name: string) => string;
  packages: () => string[];
};

describe('what packages export', () => {
  it.each(packages())(
    '%s: is what its api.md says (bring it up to date with: npm run docs:api)',
    async (name) => {
      const file = join('packages', name, 'api.md');
      const report = apiReport(name);
      if (process.env['WRITE_DOCS'] === '1') await writeFile(file, report);
      expect(report.split('\n').length).toBeGreaterThan(10);
      expect(await readFile(file, 'utf8')).toBe(report);
    },
  );
});
