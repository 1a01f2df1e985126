/**
 * Makes the package that `npx slipway` installs: the bundle with the page, and beside it only what cannot be bundled.
 *   npm run package                       (a .tgz in dist/npm; publish it with npm publish <file>)
 * The folder is laid out from the build, so that it holds nothing else of the checkout. Packages of ours that are not
 * published lie in it (bundleDependencies); what they need of others it needs by itself.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const target = resolve(process.argv[2] ?? join(PROJECT, 'dist/npm'));
const folder = join(target, 'package');
const read = (path) => JSON.parse(readFileSync(join(PROJECT, path), 'utf8'));

/** Packages of ours that run as processes of their own, or are told apart by their folders. */
const OURS = ['process-lock', 'embedded-eventstore', 'embedded-postgres'];
/** What stays outside of the bundle, of what the service depends on: scripts/bundle.mjs says so, and Nest's adapter asks Node for ws. */
const isOutside = (name) =>
  name.startsWith('@opentelemetry/') || ['@sandbox-agent/cli', 'dockerode', 'ws'].includes(name);
/** The page of the API document comes with this one. */
const SWAGGER = 'swagger-ui-dist';

rmSync(target, { recursive: true, force: true });
mkdirSync(join(folder, 'dist/app'), { recursive: true });

const from = (path) => join(PROJECT, path);
const put = (path, options = {}) => cpSync(from(path), join(folder, path), { recursive: true, ...options });
for (const path of ['README.md', 'LICENSE', 'CHANGELOG.md', 'web/dist']) put(path);
for (const name of [
  'main',
  'cli/slipway',
  'app/load-program',
  'app/compiled-bundle',
  'app/node-version',
  'platform/import-outside',
])
  put(`dist/${name}.js`);

// A start finds the bundle by a digest of what the compiler wrote; here that is as good as the bundle's own name.
const memory = readFileSync(from('dist/.tsbuildinfo'));
const bundle = `bundle-${digest(memory)}`;
const note = `${read('package.json').version} ${bundle}\n`;
writeFileSync(join(folder, 'dist/.tsbuildinfo'), note);
cpSync(from(`dist/${bundle}`), join(folder, `dist/bundle-${digest(note)}`), {
  recursive: true,
  // Maps are as large as the rest; what runs, compiled or in use, is this machine's.
  filter: (path) => !/\.map$|\/\.(used-by|compiled)$/.test(path),
});
for (const file of readdirSync(join(folder, `dist/bundle-${digest(note)}`))) {
  const path = join(folder, `dist/bundle-${digest(note)}`, file);
  writeFileSync(path, readFileSync(path, 'utf8').replace(/\n\/\/# sourceMappingURL=\S+\s*$/, '\n'));
}

const service = read('package.json');
const ours = OURS.map((name) => read(`packages/${name}/package.json`));
for (const { name } of ours) {
  const own = name.split('/')[1];
  for (const path of ['package.json', 'dist', 'bin', 'README.md'].filter((each) =>
    existsSync(from(`packages/${own}/${each}`)),
  ))
    cpSync(from(`packages/${own}/${path}`), join(folder, 'node_modules', name, path), {
      recursive: true,
      filter: (file) => !/\.(map|tsbuildinfo)$|\.d\.ts$|\/\.compiled$/.test(file),
    });
}
const dependencies = {
  ...Object.fromEntries(Object.entries(service.dependencies).filter(([name]) => isOutside(name))),
  [SWAGGER]: read(`node_modules/${SWAGGER}/package.json`).version,
  ...Object.assign({}, ...ours.map((each) => each.dependencies ?? {})),
  ...Object.fromEntries(ours.map(({ name, version }) => [name, version])),
};
const optionalDependencies = Object.assign({}, ...ours.map((each) => each.optionalDependencies ?? {}));
const { name, version, description, license, type, engines, bin } = service;
writeFileSync(
  join(folder, 'package.json'),
  `${JSON.stringify(
    {
      ...{ name, version, description, license, type, engines, bin },
      files: ['dist', 'web/dist', 'CHANGELOG.md'],
      dependencies: Object.fromEntries(Object.entries(dependencies).sort()),
      optionalDependencies,
      bundleDependencies: ours.map((each) => each.name),
    },
    null,
    2,
  )}\n`,
);
const said = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', target], {
  cwd: folder,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [{ filename, size, unpackedSize }] = JSON.parse(said);
const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
console.log(`${join(target, filename)}: ${mb(size)}, ${mb(unpackedSize)} unpacked`);

function digest(content) {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}
