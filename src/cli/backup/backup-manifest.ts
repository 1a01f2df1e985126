import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { CliError } from '../exit-code.js';

export const MANIFEST = 'manifest.json';
const FORMAT = 1;
const LARGEST_MANIFEST = 64 << 20;

/** How the key that opens credentials is in a backup: under a passphrase, not at all, or the data directory has none. */
const KEYS = ['sealed', 'left_out', 'none'] as const;

const Part = Type.Object({
  /** Below the backup's folder. */
  name: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*){0,3}$', maxLength: 200 }),
  bytes: Type.Integer({ minimum: 0 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
});

const ManifestSchema = Type.Object({
  format: Type.Literal(FORMAT),
  /** Of the Slipway that made it. */
  version: Type.String({ maxLength: 100 }),
  createdAt: Type.String({ maxLength: 30 }),
  /** `order`: SHA-256 over the ids of all events in their order. */
  events: Type.Object({
    events: Type.Integer({ minimum: 0 }),
    streams: Type.Integer({ minimum: 0 }),
    order: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  }),
  /** Rows of the sealed tables, by table. */
  tables: Type.Record(Type.String({ maxLength: 63 }), Type.Integer({ minimum: 0 })),
  /** Of tasks whose work is kept. */
  kept: Type.Integer({ minimum: 0 }),
  key: Type.Union(KEYS.map((key) => Type.Literal(key))),
  parts: Type.Array(Part),
});

/** What a backup holds, and what tells that it still does. */
export type Manifest = Static<typeof ManifestSchema>;
export type Part = Static<typeof Part>;

/** What was given is no backup, or not the one that was made. The message says which part. */
export class BackupDamagedError extends CliError {
  constructor(message: string) {
    super('failed', message);
  }
}

/** A part's size and digest, read from the disk. @param onBytes how much was read, piece by piece */
export async function measurePart(
  folder: string,
  name: string,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<Part> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of createReadStream(join(folder, name)) as AsyncIterable<Buffer>) {
    hash.update(piece);
    bytes += piece.length;
    onBytes(piece.length);
  }
  return { name, bytes, sha256: hash.digest('hex') };
}

export async function writeManifest(folder: string, manifest: Omit<Manifest, 'format'>): Promise<void> {
  const text = `${JSON.stringify({ format: FORMAT, ...manifest }, null, 2)}\n`;
  await writeFile(join(folder, MANIFEST), text, { mode: 0o600, flush: true });
}

/** @throws BackupDamagedError */
export async function readManifest(folder: string): Promise<Manifest> {
  let value: unknown;
  try {
    const file = join(folder, MANIFEST);
    if ((await stat(file)).size <= LARGEST_MANIFEST) value = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new BackupDamagedError(`${folder} is no backup: ${(cause as Error).message}`);
  }
  if (Value.Check(ManifestSchema, value)) return value;
  const { format } = (value ?? {}) as { format?: unknown };
  if (typeof format === 'number' && format > FORMAT)
    throw new BackupDamagedError(
      `The backup has format ${format}, this Slipway reads up to ${FORMAT}: use a later version.`,
    );
  throw new BackupDamagedError(`${folder} is no backup: its ${MANIFEST} is not one.`);
}

/** Compares every part with what the manifest says of it. @throws BackupDamagedError for the first that differs */
export async function verifyParts(
  folder: string,
  { parts }: Manifest,
  onBytes: (bytes: number) => void,
): Promise<void> {
  for (const part of parts) {
    const found = await measurePart(folder, part.name, onBytes).catch((error: Error) => {
      throw new BackupDamagedError(`The backup is damaged: ${part.name} cannot be read: ${error.message}`);
    });
    if (found.bytes !== part.bytes)
      throw new BackupDamagedError(
        `The backup is damaged: ${part.name} has ${found.bytes} bytes, not ${part.bytes}.`,
      );
    if (found.sha256 !== part.sha256)
      throw new BackupDamagedError(`The backup is damaged: ${part.name} is not what was written.`);
  }
}
