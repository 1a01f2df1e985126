import { closeSync, openSync, readSync, statSync } from 'node:fs';

/* Layout of a meta page: MDB_page and MDB_meta in LMDB's mdb.c, for 64 bits. */
const MAGIC = 0xbeefc0de;
const MAGIC_AT = 24;
const PAGE_SIZE_AT = 48;
const LAST_PAGE_AT = 144;
const MAIN_ROOT_AT = 136;
const META_SIZE = 176;
/** Root of a table without entries. */
const NO_PAGE = 2n ** 64n - 1n;
/** Pages that a file may be shorter than it says: those at its end that were given back before they were written. */
const UNWRITTEN_PAGES = 64n;

/**
 * What is visibly wrong with an LMDB file. LMDB maps it and trusts it: one that is foreign or cut short would end
 * the process with a signal. Looks at its two meta pages only, however large it is.
 */
export function damageOf(file: string): string | undefined {
  const size = BigInt(statSync(file).size);
  // What a kill leaves that comes before the first page is written.
  if (size === 0n) return undefined;
  const first = readMeta(file, 0);
  if (first.readUInt32LE(MAGIC_AT) !== MAGIC) return 'it is no LMDB file';
  const pageSize = first.readUInt32LE(PAGE_SIZE_AT);
  const second = readMeta(file, pageSize);
  if (second.readUInt32LE(MAGIC_AT) !== MAGIC) return 'its second meta page is missing';
  const pages = size / BigInt(pageSize);
  for (const meta of [first, second]) {
    const root = meta.readBigUInt64LE(MAIN_ROOT_AT);
    const last = meta.readBigUInt64LE(LAST_PAGE_AT);
    if ((root !== NO_PAGE && root >= pages) || last >= pages + UNWRITTEN_PAGES)
      return `it has been cut short: ${pages} of ${last + 1n} pages are left`;
  }
  return undefined;
}

function readMeta(file: string, offset: number): Buffer {
  const meta = Buffer.alloc(META_SIZE);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, meta, 0, META_SIZE, offset);
  } finally {
    closeSync(descriptor);
  }
  return meta;
}
