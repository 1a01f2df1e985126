import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** A project in which each file breaks the rule that it is listed with. */
const WRONG: Record<string, Record<string, string>> = {
  'room-events': { 'src/events/a.ts': '../store/port.js', 'src/store/port.ts': '' },
  'room-projections': { 'src/projections/a.ts': '../http/dto.js', 'src/http/dto.ts': '' },
  'room-http': { 'src/http/a.ts': '../cli/output.js', 'src/cli/output.ts': '' },
  'known-rooms': { 'src/attic/a.ts': '../events/b.js', 'src/events/b.ts': '' },
  'main-starts-app': { 'src/main.ts': './events/b.js' },
  'no-circle': { 'src/commands/x.ts': './y.js', 'src/commands/y.ts': './x.js' },
  'packages-know-no-task': { 'packages/node/src/a.ts': '../../../src/events/b.js' },
  'packages-are-named': { 'src/app/a.ts': '../../packages/node/src/b.js', 'packages/node/src/b.ts': '' },
  'no-test-in-production': { 'src/cli/a.ts': '../../test/until.js', 'test/until.ts': '' },
  'one-event-store-client': { 'src/sagas/a.ts': '@eventstore/db-client' },
  'pure-middle': { 'src/events/c.ts': 'node:fs/promises', 'src/sagas/react.ts': '@nestjs/common' },
  'no-unresolved': { 'src/platform/a.ts': './nowhere.js' },
};

/** The types of a circle count as well: what they tie together cannot be read apart. */
const TYPES = { 'src/platform/p.ts': './q.js', 'src/platform/q.ts': './p.js' };

describe('the import rules', () => {
  let dir: string;
  let broken: Set<string>;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slipway-rules-'));
    const put = async (file: string, text: string) => {
      await mkdir(dirname(join(dir, file)), { recursive: true });
      await writeFile(join(dir, file), text);
    };
    await put('tsconfig.json', '{}');
    for (const name of ['@eventstore/db-client', '@nestjs/common']) {
      await put(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'dist/index.js' }));
      await put(`node_modules/${name}/dist/index.js`, '');
    }
    for (const files of Object.values(WRONG))
      for (const [file, wanted] of Object.entries(files)) await put(file, wanted && `import '${wanted}';\n`);
    for (const [file, wanted] of Object.entries(TYPES))
      await put(file, `import type { T } from '${wanted}';\nexport type T = 1;\n`);
    broken = new Set((await violations(dir)).map(({ rule, from }) => `${rule} ${from}`));
  });

  afterAll(() => rm(dir, { recursive: true, force: true }));

  it.each(Object.entries(WRONG))('%s finds what breaks it', (rule, files) => {
    // A circle is told of once, wherever it is entered.
    const wrong =
      rule === 'no-circle' ? ['src/commands/x.ts'] : Object.keys(files).filter((file) => files[file]);
    for (const file of wrong) expect([...broken]).toContain(`${rule} ${file}`);
  });

  it('find circles that are made of types alone', () => {
    expect([...broken].filter((each) => /^no-circle src\/platform\/[pq]\.ts$/.test(each))).not.toEqual([]);
  });
});

/** Runs the tool with our rules in a directory. */
async function violations(cwd: string): Promise<{ rule: string; from: string }[]> {
  const tool = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [
    tool,
    'src',
    'packages',
    '--config',
    resolve('.dependency-cruiser.js'),
    '--output-type',
    'json',
  ];
  const text = await new Promise<string>((done, failed) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 64 << 20 }, (error, stdout, stderr) =>
      stdout.startsWith('{') ? done(stdout) : failed(new Error(`${error?.message} ${stderr}`)),
    );
  });
  const { summary } = JSON.parse(text) as {
    summary: { violations: { rule: { name: string }; from: string }[] };
  };
  return summary.violations.map(({ rule, from }) => ({ rule: rule.name, from }));
}
