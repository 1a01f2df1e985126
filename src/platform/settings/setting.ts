import type { Kind } from './setting-kinds.js';

/** One environment variable. Its place in `Settings`, the list of known names and the README's table follow from this. */
export class Setting<T> {
  /** The README's name for a group of variables that have one row together; the variable's own otherwise. */
  readonly row: string;

  constructor(
    readonly variable: string,
    /** The value that a text stands for, or without a text the default. Throws NotTakenError. */
    readonly read: (text: string | undefined) => T,
    /** The README's cell for the default. */
    readonly shown: string,
    /** The README's sentence, in Markdown. */
    readonly doc: string,
    row?: string,
  ) {
    this.row = row ?? variable;
  }

  /** The same variable, of which something else is made. */
  as<U>(use: (value: T) => U): Setting<U> {
    return new Setting(this.variable, (text) => use(this.read(text)), this.shown, this.doc, this.row);
  }
}

/** Settings by their names in the program; groups of them as well. */
export interface SettingsTable {
  readonly [name: string]: Setting<unknown> | SettingsTable;
}

/** What is read by a table: the same names with values in place of the settings. */
export type ValuesOf<T> = {
  readonly [K in keyof T]: T[K] extends Setting<infer V> ? V : ValuesOf<T[K]>;
};

const cellOf = (fallback: unknown): string =>
  `\`${Array.isArray(fallback) ? fallback.join(',') : String(fallback)}\``;

/** A setting that is `fallback` while its variable is unset or empty. */
export const setting = <T>(
  variable: string,
  kind: Kind<T>,
  fallback: NoInfer<T>,
  doc: string,
  { shown = cellOf(fallback), row }: { shown?: string; row?: string } = {},
): Setting<T> =>
  new Setting(variable, (text) => (text === undefined ? fallback : kind.read(text)), shown, doc, row);

/** A setting that is undefined while its variable is unset or empty. */
export const optional = <T>(
  variable: string,
  kind: Kind<T>,
  doc: string,
  shown: string,
): Setting<T | undefined> =>
  new Setting(variable, (text) => (text === undefined ? undefined : kind.read(text)), shown, doc);

/** All settings of a table, in its order. */
export const settingsIn = (table: SettingsTable): readonly Setting<unknown>[] =>
  Object.values(table).flatMap((entry) => (entry instanceof Setting ? [entry] : settingsIn(entry)));

/** The values of a table, each read by `read`. */
export const valuesOf = <T extends SettingsTable>(
  table: T,
  read: (setting: Setting<unknown>) => unknown,
): ValuesOf<T> =>
  Object.fromEntries(
    Object.entries(table).map(([name, entry]) => [
      name,
      entry instanceof Setting ? read(entry) : valuesOf(entry, read),
    ]),
  ) as ValuesOf<T>;
