/**
 * Runs the unit tests and one test of the whole service under other versions of Node, from the packages that hold its
 * programs, installed in a temporary folder.
 *   npm run test:nodes                 (22 and 24)
 *   npm run test:nodes -- 24
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];
const SUITES = [['--selectProjects', 'unit'], ['test/e2e/create-task.spec.ts']];

const given = process.argv.slice(2);
const versions = given.length > 0 ? given : ['22', '24'];
const wrong = versions.find((version) => !/^\d+(\.\d+){0,2}$/.test(version));
if (process.platform !== 'linux' || wrong !== undefined) {
  console.error(
    wrong === undefined
      ? 'This needs Linux: the packages hold programs for it.'
      : `${wrong} is no version of Node, as in: npm run test:nodes -- 22 24`,
  );
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'slipway-nodes-'));
const results = [];
try {
  for (const version of versions) {
    const place = join(folder, version);
    const what = `node-linux-${process.arch}@${version}`;
    execFileSync('npm', ['install', '--prefix', place, '--no-save', '--no-audit', '--no-fund', what], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const bin = join(place, 'node_modules', `node-linux-${process.arch}`, 'bin');
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
    for (const suite of SUITES) {
      console.log(`\nNode ${version}: ${suite.join(' ')}`);
      const { status } = spawnSync(join(bin, 'node'), [...JEST, ...suite], {
        cwd: PROJECT,
        env,
        stdio: 'inherit',
      });
      results.push({ version, suite: suite.join(' '), passed: status === 0 });
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.table(results);
if (results.some(({ passed }) => !passed)) process.exitCode = 1;
