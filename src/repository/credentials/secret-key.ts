import { randomBytes } from 'node:crypto';
import { link, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createPlain, readPlain } from '../../platform/plain-files.js';
import { KEY_BYTES } from '../../platform/secret-box.js';

/** In the data directory. */
export const SECRET_KEY_FILE = 'secret.key';

/** The bytes that a key is written as: 64 hexadecimal digits, or base64 of 32 bytes; null for any other text. */
export function keyOf(text: string): Buffer | null {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return null;
  const key = Buffer.from(trimmed, 'base64');
  return key.length === KEY_BYTES ? key : null;
}

/**
 * The key of the credentials: what the setting says, else that of the file `secret.key` (0600) in the data directory, which
 * is made when it is not there. Of several processes that make it at once all get the same.
 */
export async function secretKey(dataDir: string, setting: string | undefined): Promise<Buffer> {
  if (setting !== undefined) return keyOf(setting)!;
  const file = join(dataDir, SECRET_KEY_FILE);
  const there = await readKey(file);
  if (there) return there;
  const fresh = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await createPlain(fresh, 0o600);
  try {
    await handle.writeFile(`${randomBytes(KEY_BYTES).toString('hex')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    // Never replaces one that is there: what was sealed with it could not be opened any more.
    await link(fresh, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(fresh, { force: true });
  }
  return (await readKey(file))!;
}

async function readKey(file: string): Promise<Buffer | null> {
  const text = await readPlain(file, 4_096);
  if (text === null || text === undefined) return null;
  const key = keyOf(text.toString());
  if (key === null)
    throw new Error(
      `${file} holds no key. Put the key back that was in it; without it, delete the file and set the credentials again.`,
    );
  return key;
}
