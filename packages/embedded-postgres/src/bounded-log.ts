import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/**
 * A log file that never grows past `limit` bytes: full, it becomes `<file>.1` (replacing the last one) and a new one
 * begins. A disk that refuses a write costs log lines, never the server, so errors are dropped.
 */
export class BoundedLog {
  private descriptor: number | undefined;
  private size = 0;

  constructor(
    private readonly file: string,
    private readonly limit: number,
  ) {}

  write(chunk: Buffer): void {
    try {
      this.descriptor ??= this.open();
      if (this.size > 0 && this.size + chunk.length > this.limit)
        this.descriptor = this.rotate(this.descriptor);
      this.size += writeSync(this.descriptor, chunk);
    } catch {
      // See above.
    }
  }

  private open(): number {
    const descriptor = openSync(this.file, 'a', 0o600);
    this.size = fstatSync(descriptor).size;
    return descriptor;
  }

  private rotate(full: number): number {
    this.descriptor = undefined;
    closeSync(full);
    renameSync(this.file, `${this.file}.1`);
    return this.open();
  }
}
