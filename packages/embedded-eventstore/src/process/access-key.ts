import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const FILE = 'access.key';
const BYTES = 24;
/** The key as text: base64url, so that it needs no escaping in an address. */
const KEY = /^[\w-]{32}$/;

/** What callers have to show: who cannot read the data directory has no business with the events in it. */
export class AccessKey {
  private readonly digest: Buffer;

  constructor(readonly text: string) {
    this.digest = digestOf(text);
  }

  /** Whether that is the key; takes as long whatever was shown. */
  isShownAs(text: string): boolean {
    return timingSafeEqual(digestOf(text), this.digest);
  }
}

const digestOf = (text: string) => createHash('sha256').update(text).digest();

/** A key for as long as this process lives. */
export const newAccessKey = (): AccessKey => new AccessKey(randomBytes(BYTES).toString('base64url'));

/**
 * The key of a data directory, made with its first start: addresses stay the same over restarts. One that others
 * could have read, or have put there, is made anew. The caller has the directory's lock.
 */
export function accessKeyOf(directory: string): AccessKey {
  const kept = readKey(join(directory, FILE));
  if (kept !== undefined) return new AccessKey(kept);
  const key = newAccessKey();
  const draft = join(directory, `${FILE}.new`);
  const { O_CREAT, O_TRUNC, O_WRONLY } = constants;
  const descriptor = openSync(draft, O_CREAT | O_TRUNC | O_WRONLY | noFollow, 0o600);
  try {
    writeSync(descriptor, `${key.text}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, join(directory, FILE));
  return key;
}

/** Not through a link, and never waiting for whoever may be at the other end of a pipe. Windows knows neither. */
const noFollow = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

function readKey(file: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | noFollow);
  } catch {
    return undefined;
  }
  try {
    const found = fstatSync(descriptor);
    const isOurs =
      process.platform === 'win32' || (found.uid === process.getuid?.() && !(found.mode & 0o077));
    if (!found.isFile() || !isOurs) return undefined;
    const bytes = Buffer.alloc(64);
    const text = bytes.toString('latin1', 0, readSync(descriptor, bytes)).trimEnd();
    return KEY.test(text) ? text : undefined;
  } finally {
    closeSync(descriptor);
  }
}
