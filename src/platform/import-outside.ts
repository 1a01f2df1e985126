const IMPORT = Symbol.for('slipway.import');

type Import = (specifier: string) => Promise<unknown>;

/**
 * Imports a module that is not in the bundle: a package with files of its own, or a module that somebody has written for us. The
 * bundle is compiled by us and not by Node's loader, which therefore imports nothing for it: whoever loaded it does.
 * @param specifier a package, or the URL of a file
 */
export const importOutside = <Module>(specifier: string): Promise<Module> => {
  const importing = (globalThis as { [IMPORT]?: Import })[IMPORT] ?? ((name: string) => import(name));
  return importing(specifier) as Promise<Module>;
};

/** Has `importOutside` import with this. */
export function importWith(importing: Import): void {
  (globalThis as { [IMPORT]?: Import })[IMPORT] = importing;
}
