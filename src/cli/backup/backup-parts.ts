import type { KeptMirror } from '../../providers/local/kept-backup.js';

/** What the parts of a backup are called, below its folder. */
export const EVENTS_FILE = 'events.ndjson.gz';
/** Which work is kept, by mirror; its bundles lie beside it. */
export const KEPT_FILE = 'kept/kept.json';
export const KEY_FILE = 'secret.key.sealed';

export const tableFile = (table: string): string => `${table}.ndjson.gz`;
export const bundleFile = ({ keeper, name }: Pick<KeptMirror, 'keeper' | 'name'>): string =>
  `kept/${keeper}-${name}.bundle`;

/** Whether a backup is one file. */
export const isArchive = (path: string): boolean => path.endsWith('.tar');
