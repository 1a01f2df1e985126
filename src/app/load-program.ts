import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { importWith } from '../platform/import-outside.js';
import { CompiledBundle } from './compiled-bundle.js';

/** Where the compiler writes its modules; this is one of them. */
const DIST = join(import.meta.dirname, '..');

/** Newer than the oldest Node that we run on. */
const compileCache: typeof nodeModule & {
  enableCompileCache?(directory: string): unknown;
  flushCompileCache?(): void;
} = nodeModule;

/**
 * Loads a program of ours, `app/run-service` or `cli/cli`: from the bundle, which loads several times as fast as
 * hundreds of modules, or from the modules when they are newer than the bundle or there is none. What the bundle was
 * made from is in its folder's name: a digest of the compiler's own memory of what it wrote last.
 * @returns what the program exports, and what keeps the code that is compiled by then for the next start: also done at the
 *   process's end, which one that is killed does not get to
 */
export async function loadProgram<Module>(
  name: string,
): Promise<{ readonly program: Module; keepCompiled(): void }> {
  const folder = bundleFolder();
  const entry = `${name.replace('/', '-')}.cjs`;
  if (folder === undefined || !existsSync(join(folder, entry))) {
    const program = (await import(pathToFileURL(join(DIST, `${name}.js`)).href)) as Module;
    return { program, keepCompiled: () => undefined };
  }
  noteUse(folder);
  // For the packages that stay outside of the bundle.
  compileCache.enableCompileCache?.(join(folder, '.compiled'));
  // Only Node's own loader knows of source maps, and takes its time.
  if (process.sourceMapsEnabled) {
    const program = nodeModule.createRequire(join(folder, entry))(`./${entry}`) as Module;
    return { program, keepCompiled: () => compileCache.flushCompileCache?.() };
  }
  importWith((specifier) => import(specifier));
  const bundle = new CompiledBundle(folder, name);
  const keepCompiled = () => {
    bundle.keep();
    compileCache.flushCompileCache?.();
  };
  process.once('exit', keepCompiled);
  return { program: bundle.load(entry) as Module, keepCompiled };
}

/** A build does not remove a bundle that runs: some of its files are loaded late. Where nothing can be written nothing is built. */
function noteUse(bundle: string): void {
  const note = join(bundle, '.used-by', String(process.pid));
  try {
    mkdirSync(join(bundle, '.used-by'), { recursive: true });
    writeFileSync(note, '');
    process.once('exit', () => rmSync(note, { force: true }));
  } catch {
    // A program that somebody else has installed for us.
  }
}

function bundleFolder(): string | undefined {
  try {
    const memory = readFileSync(join(DIST, '.tsbuildinfo'));
    return join(DIST, `bundle-${createHash('sha256').update(memory).digest('hex').slice(0, 16)}`);
  } catch {
    return undefined;
  }
}
