import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

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
 */
export async function loadProgram<Module>(name: string): Promise<Module> {
  const bundle = bundleFolder();
  const bundled = bundle && join(bundle, `${name.replace('/', '-')}.js`);
  if (bundled === undefined || !existsSync(bundled)) {
    return (await import(pathToFileURL(join(DIST, `${name}.js`)).href)) as Module;
  }
  noteUse(bundle!);
  // Beside the code: who can write there, could change the code as well.
  compileCache.enableCompileCache?.(join(bundle!, '.compiled'));
  return (await import(pathToFileURL(bundled).href)) as Module;
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

/** Writes down what Node has compiled so far, for the next start: a process that is killed does not get to it. */
export function keepCompiled(): void {
  compileCache.flushCompileCache?.();
}

function bundleFolder(): string | undefined {
  try {
    const memory = readFileSync(join(DIST, '.tsbuildinfo'));
    return join(DIST, `bundle-${createHash('sha256').update(memory).digest('hex').slice(0, 16)}`);
  } catch {
    return undefined;
  }
}
