import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { KEY_BYTES } from '../platform/secret-box.js';
import { EventStoreUnavailableError } from './event-store.js';

/** Keys in one file: 8 KB. Whoever makes keys uses them alone, so what is left of a file at its end is never used. */
const IN_FILE = 256;
/** With so few left the next file is made. */
const FEW = 128;
/** Files of which the keys are remembered, and for how long: what another process has destroyed is forgotten by then. */
const REMEMBERED = 2_000;
const REMEMBERED_MS = 5_000;

const KEY_ID = /^([0-9a-f]{32})\.(\d{1,3})$/;
const DESTROYED = Buffer.alloc(KEY_BYTES);

export interface TaskKey {
  readonly id: string;
  readonly key: Buffer;
}

/**
 * A key is not to be had: its folder is away or was not brought along. It is not destroyed, so whoever wants to read waits, as
 * for a store that is away.
 */
export class KeyUnavailableError extends EventStoreUnavailableError {
  override readonly name = 'KeyUnavailableError';
}

/**
 * The keys of tasks, in files of a folder that all replicas share and that no log has a copy of. A key is a place in a file;
 * one that was destroyed is a place of zeros, so it is told apart from one whose file is not there.
 */
export class KeyFiles {
  private ready: TaskKey[] = [];
  private making?: Promise<void>;
  private readonly files = new LRUCache<string, Buffer>({ max: REMEMBERED, ttl: REMEMBERED_MS });

  constructor(private readonly folder: string) {}

  /** A key that nothing was sealed with yet, and that is on the disk. Waits only where none is ready. Rejects with KeyUnavailableError. */
  async take(): Promise<TaskKey> {
    while (this.ready.length === 0) await this.makeMore();
    const key = this.ready.pop()!;
    // Whoever comes when none is left finds out what is wrong.
    if (this.ready.length < FEW) this.makeMore().catch(() => undefined);
    return key;
  }

  /** The key, or null for one that was destroyed. Throws KeyUnavailableError. */
  read(id: string): Buffer | null {
    const { file, from } = this.placeOf(id);
    let keys = this.files.get(file);
    if (keys === undefined) {
      try {
        keys = readFileSync(join(this.folder, file));
      } catch (cause) {
        throw unavailable(id, this.folder, cause);
      }
      this.files.set(file, keys);
    }
    const key = keys.subarray(from, from + KEY_BYTES);
    if (key.length !== KEY_BYTES) throw unavailable(id, this.folder);
    return key.equals(DESTROYED) ? null : key;
  }

  /**
   * Destroys the key, for good and on the disk. May be done again, and does all of it again: whoever did it before may have been
   * killed when the disk did not have it yet. Throws KeyUnavailableError.
   */
  destroy(id: string): void {
    const { file, from } = this.placeOf(id);
    this.read(id);
    try {
      const handle = openSync(join(this.folder, file), 'r+');
      try {
        writeSync(handle, DESTROYED, 0, KEY_BYTES, from);
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
    } catch (cause) {
      throw unavailable(id, this.folder, cause);
    }
    this.files.delete(file);
  }

  /** Names come from events: one that is none leads to no file. */
  private placeOf(id: string): { readonly file: string; readonly from: number } {
    const [, name, number] = KEY_ID.exec(id) ?? [];
    if (name === undefined) throw unavailable(id.slice(0, 100), this.folder);
    return { file: `${name}.keys`, from: Number(number) * KEY_BYTES };
  }

  private makeMore(): Promise<void> {
    return (this.making ??= this.make().finally(() => (this.making = undefined)));
  }

  private async make(): Promise<void> {
    const name = randomBytes(16).toString('hex');
    const keys = randomBytes(IN_FILE * KEY_BYTES);
    const path = join(this.folder, `${name}.keys`);
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      const file = await open(`${path}.new`, 'wx', 0o600);
      await file
        .writeFile(keys)
        .then(() => file.sync())
        .finally(() => file.close());
      await rename(`${path}.new`, path);
      const folder = await open(this.folder);
      await folder.sync().finally(() => folder.close());
    } catch (cause) {
      throw new KeyUnavailableError(
        `No keys for new tasks can be written to ${this.folder}: ${(cause as Error).message}`,
        { cause },
      );
    }
    for (let number = 0; number < IN_FILE; number++) {
      const from = number * KEY_BYTES;
      this.ready.push({ id: `${name}.${number}`, key: keys.subarray(from, from + KEY_BYTES) });
    }
  }
}

const unavailable = (id: string, folder: string, cause?: unknown): KeyUnavailableError =>
  new KeyUnavailableError(
    `The key ${id} of a task is not to be had: ${folder} does not have it. What the task says waits for it`,
    { cause },
  );
