import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const LONGEST = 8_192;
const RuntimeSchema = Type.Object({
  pid: Type.Integer({ minimum: 1 }),
  httpUrl: Type.String({ maxLength: LONGEST }),
  eventStoreUrl: Type.String({ maxLength: LONGEST }),
  databaseUrl: Type.String({ maxLength: LONGEST }),
  /** Where the keys of tasks are. */
  keysDir: Type.Optional(Type.String({ maxLength: LONGEST })),
  startedAt: Type.String({ maxLength: 30 }),
});

/** How the running service can be reached: what the CLI finds in the data directory. Holds a password. */
export type Runtime = Static<typeof RuntimeSchema>;

const fileIn = (dataDir: string): string => join(dataDir, 'runtime.json');

/** Writes the file so that a reader sees it whole or not at all. */
export async function writeRuntime(dataDir: string, runtime: Runtime): Promise<void> {
  const temporary = `${fileIn(dataDir)}.new`;
  await writeFile(temporary, `${JSON.stringify(runtime, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, fileIn(dataDir));
}

/** The running service's file, or null when there is none. It may be that of a service which was killed. */
export async function readRuntime(dataDir: string): Promise<Runtime | null> {
  try {
    const value: unknown = JSON.parse(await readFile(fileIn(dataDir), 'utf8'));
    return Value.Check(RuntimeSchema, value) ? value : null;
  } catch {
    return null;
  }
}

export const removeRuntime = (dataDir: string): Promise<void> => rm(fileIn(dataDir), { force: true });
