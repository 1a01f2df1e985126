/**
 * Builds the image of the service from what is built and installed here: the package that `npm run package` makes, with
 * what it needs of node_modules. Nothing is downloaded but the base, where that is not here.
 *   npm run image:service                          (slipway:latest on node:24-bookworm-slim)
 *   npm run image:service -- --tag registry.example.com/slipway:1 --base <an image with node and git>
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const MODULES = join(PROJECT, 'node_modules');
const { values } = parseArgs({
  options: {
    tag: { type: 'string', default: 'slipway:latest' },
    base: { type: 'string', default: 'node:24-bookworm-slim' },
  },
});

if (process.platform !== 'linux') {
  console.error('This needs Linux: programs for this platform are copied into the image.');
  process.exit(1);
}
const context = mkdtempSync(join(tmpdir(), 'slipway-image-'));
try {
  execFileSync(process.execPath, [join(PROJECT, 'scripts/package.mjs'), join(context, 'made')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const target = join(context, 'node_modules/slipway');
  cpSync(join(context, 'made/package'), target, { recursive: true, verbatimSymlinks: true });
  rmSync(join(context, 'made'), { recursive: true });
  chmodSync(join(target, 'dist/cli/slipway.js'), 0o755);
  for (const folder of needed(target)) {
    const place = join(context, 'node_modules', relative(MODULES, folder));
    mkdirSync(dirname(place), { recursive: true });
    cpSync(folder, place, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !relative(folder, path).split('/').includes('node_modules'),
    });
  }
  const args = ['--tag', values.tag, '--build-arg', `BASE_IMAGE=${values.base}`];
  const file = join(PROJECT, 'docker/service/Dockerfile');
  execFileSync('docker', ['build', '--file', file, ...args, context], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
} finally {
  rmSync(context, { recursive: true, force: true });
}
console.log(`${values.tag} is built`);

/** The folders of all packages that the package needs, whoever among them needs it; what is optional only where it is here. */
function needed(root) {
  const found = new Set();
  const visit = (folder, from) => {
    const { dependencies = {}, optionalDependencies = {}, bundleDependencies = [] } = manifest(folder);
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (bundleDependencies.includes(name)) continue;
      const there = folderOf(name, from);
      if (there === undefined && name in optionalDependencies) continue;
      if (there === undefined) throw new Error(`${name} is not installed: run npm ci`);
      if (found.has(there)) continue;
      found.add(there);
      visit(there, there);
    }
  };
  // It lies outside of the project: what it names is looked for here.
  visit(root, PROJECT);
  return found;
}

/** Where Node finds the package from a folder. */
function folderOf(name, from) {
  // With a file, since some packages are called as parts of Node are.
  const places = createRequire(join(from, 'package.json')).resolve.paths(`${name}/package.json`) ?? [];
  return places.map((place) => join(place, name)).find((folder) => existsSync(join(folder, 'package.json')));
}

function manifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}
