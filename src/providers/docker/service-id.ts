import { randomUUID } from 'node:crypto';
import { link, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { readRecord, writeRecord } from '../local/sandbox-files.js';

const ServiceId = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

/**
 * Tells our containers from those of another service at the same engine. It lies with the sandboxes and goes where they go.
 * Whoever is first makes it, also of two processes at once.
 */
export async function serviceId(dataDir: string): Promise<string> {
  const file = join(dataDir, 'service.json');
  for (;;) {
    const known = await readRecord(file, ServiceId);
    if (known) return known.id;
    const id = randomUUID();
    const fresh = `${file}.${id}`;
    await writeRecord(fresh, { id });
    await link(fresh, file).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      // One that cannot be read is none.
      if ((await readRecord(file, ServiceId)) === null) await rm(file, { force: true });
    });
    await rm(fresh, { force: true });
  }
}
