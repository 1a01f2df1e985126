import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { Script } from 'node:vm';

/** What a file in CommonJS becomes: a function of what it may use. */
type Wrapped = (
  this: unknown,
  exports: unknown,
  require: NodeJS.Require,
  module: { exports: unknown },
  filename: string,
  folder: string,
) => void;

/**
 * The files of a bundle, in CommonJS, loaded with what V8 made of them before. Compiling is more than half of what a start
 * costs. Node keeps compiled code by itself only from 22.1 on, and keeps no more of a file than was compiled when it was loaded;
 * here all functions are kept that have run by the time somebody says so.
 * What is loaded so cannot `import()`: what is not in the bundle comes through `importOutside`.
 */
export class CompiledBundle {
  private readonly modules = new Map<string, { exports: unknown }>();
  private readonly uncompiled: { readonly file: string; readonly script: Script }[] = [];
  private readonly cache: string;
  /** Of every file: they lie in one folder. */
  private readonly require: NodeJS.Require;

  /**
   * @param folder where the bundle lies; the compiled code is put below it: who can write there could change the code as well
   * @param program whose files these are: what one has compiled of a shared file is not what another needs
   */
  constructor(
    private readonly folder: string,
    program: string,
  ) {
    // V8 refuses what it made with other flags; each set of them has its own.
    const kind = [program, process.version, process.arch, process.env.NODE_OPTIONS, ...process.execArgv];
    this.cache = join(folder, '.compiled', digest(kind.join('\n')));
    const outside = createRequire(join(folder, 'bundle.cjs'));
    const load = (id: string): unknown =>
      id.startsWith('./') && existsSync(join(folder, id)) ? this.load(basename(id)) : outside(id);
    this.require = Object.assign(load, outside) as NodeJS.Require;
  }

  /** The exports of a file of the bundle. */
  load(name: string): unknown {
    const known = this.modules.get(name);
    if (known !== undefined) return known.exports;
    const filename = join(this.folder, name);
    const module = { exports: {} as unknown };
    this.modules.set(name, module);
    this.compiled(filename).call(module.exports, module.exports, this.require, module, filename, this.folder);
    return module.exports;
  }

  /** Writes down what is compiled by now of the files that came without, for the next start. Where nothing can be written, nothing is. */
  keep(): void {
    const scripts = this.uncompiled.splice(0);
    if (scripts.length === 0) return;
    try {
      mkdirSync(this.cache, { recursive: true });
      for (const { file, script } of scripts) {
        const part = `${file}.${process.pid}`;
        writeFileSync(part, script.createCachedData());
        renameSync(part, file);
      }
    } catch {
      // A program that somebody else has installed for us, or a full disk: the next start compiles as this one did.
    }
  }

  private compiled(filename: string): Wrapped {
    const source = readFileSync(filename, 'utf8');
    // V8 itself compares no more than the source's length.
    const file = join(this.cache, digest(source));
    const cachedData = existsSync(file) ? readFileSync(file) : undefined;
    const code = `(function (exports, require, module, __filename, __dirname) { ${source}\n})`;
    const script = new Script(code, { filename, cachedData });
    if (cachedData === undefined || script.cachedDataRejected === true)
      this.uncompiled.push({ file, script });
    return script.runInThisContext() as Wrapped;
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
