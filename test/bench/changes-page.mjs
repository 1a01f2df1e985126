/*
 * How long the page's Changes tab takes to open with 300 changed files, from the click to the first lines and the whole
 * tree: a real service, a real checkout, a real browser. `npm run bench:changes-page`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { SlipwayUnderTest } from './slipway-under-test.mjs';

const FILES = 300;
const ROUNDS = 5;
const roots = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
const shop = join(roots, 'shop');
mkdirSync(shop);
writeFileSync(join(shop, 'README.md'), '# Shop\n');
for (const args of [
  ['init', '--quiet', '--initial-branch=main'],
  ['add', '.'],
  ['-c', 'user.name=B', '-c', 'user.email=b@example.com', 'commit', '--quiet', '-m', 'Begin'],
])
  execFileSync('git', args, { cwd: shop });
const service = await SlipwayUnderTest.create({
  SLIPWAY_PROVIDERS: 'local',
  SLIPWAY_LOCAL_REPO_ROOTS: roots,
});
const ask = async (method, path, body) =>
  (
    await fetch(service.url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    })
  ).json();
const is = async (taskId, check) => {
  for (;;) {
    const task = await ask('GET', `/v1/tasks/${taskId}`);
    if (check(task)) return task;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
// Runs in the page: when the first lines and the whole tree are there.
const OPENED = `new Promise((resolve) => {
  const begun = performance.now();
  const look = () =>
    document.querySelectorAll('.file-tree button').length === ${FILES} && document.querySelector('td.diff-code-insert')
      ? requestAnimationFrame(() => resolve(performance.now() - begun))
      : requestAnimationFrame(look);
  document.getElementById('tab-changes').click();
  look();
})`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
});
try {
  const { taskId } = await ask('POST', '/v1/tasks', { task: '!say hello', repoRemote: shop });
  const { sandboxPath } = await is(taskId, ({ changes }) => changes !== null);
  for (let n = 0; n < FILES; n++) {
    mkdirSync(join(sandboxPath, `part-${n % 20}`), { recursive: true });
    const lines = Array.from({ length: 40 }, (_, line) => `export const value${n}_${line} = ${line};\n`);
    writeFileSync(join(sandboxPath, `part-${n % 20}`, `file-${n}.js`), lines.join(''));
  }
  await ask('POST', `/v1/tasks/${taskId}/changes/refresh`, {});
  await is(taskId, ({ changes }) => changes.files === FILES);
  for (let round = 1; round <= ROUNDS; round++) {
    // A window of its own: nothing is in its cache.
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${service.url}/tasks/${taskId}`);
    await page.waitForSelector('#tab-changes');
    await page.waitForLoadState('networkidle');
    console.log(`${FILES} files, opened in ${Math.round(await page.evaluate(OPENED))} ms`);
    await page.context().close();
  }
  await ask('POST', `/v1/tasks/${taskId}/kill`, { discardChanges: true });
  await is(taskId, ({ status }) => status === 'killed');
} finally {
  await browser.close();
  await service.dispose();
  rmSync(roots, { recursive: true, force: true });
}
