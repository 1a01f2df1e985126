import { write, writeSync } from 'node:fs';
import { pino, type DestinationStream, type Logger } from 'pino';
import { visibleJson } from './visible-text.js';

/** Characters that may wait for a slow reader; lines that come while there are more are lost. */
const MOST_WAITING = 8 << 20;
/** How long a reader that takes nothing more is left alone, in milliseconds, and how often at the end. */
const FULL_PIPE_MS = 50;
const LAST_TRIES = 20;

/** The log: lines of JSON (on standard output by default) that do nothing to the terminal that shows them. */
export function createLog(level: string, destination: DestinationStream = new LogLines(1)): Logger {
  return pino({ level, hooks: { streamWrite: visibleJson } }, destination);
}

/**
 * Lines to a file descriptor. Where they cannot be written (the disk of the log is full, its reader is gone) they
 * are lost, and nothing else is: pino's own destination ends the process then, or never lets it end.
 */
class LogLines implements DestinationStream {
  private waiting = '';
  private isWriting = false;

  constructor(private readonly fd: number) {
    process.once('exit', () => this.flushSync());
  }

  write(line: string): void {
    if (this.waiting.length > MOST_WAITING) return;
    this.waiting += line;
    if (!this.isWriting) this.send(this.take());
  }

  /** Writes what waits before anything else happens. Pino asks for it with a fatal line. */
  flushSync(): void {
    let rest = this.take();
    for (let tries = 0; rest.length > 0 && tries < LAST_TRIES;) {
      try {
        rest = rest.subarray(writeSync(this.fd, rest));
      } catch (error) {
        if (!isBusy(error)) return;
        tries++;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_MS);
      }
    }
  }

  private send(bytes: Buffer): void {
    this.isWriting = true;
    write(this.fd, bytes, (error, written) => {
      if (isBusy(error)) {
        setTimeout(() => this.send(bytes), FULL_PIPE_MS);
        return;
      }
      const rest = error === null ? bytes.subarray(written) : Buffer.alloc(0);
      if (rest.length > 0) return this.send(rest);
      this.isWriting = false;
      if (this.waiting !== '') this.send(this.take());
    });
  }

  private take(): Buffer {
    const bytes = Buffer.from(this.waiting);
    this.waiting = '';
    return bytes;
  }
}

const isBusy = (error: unknown): boolean =>
  ['EAGAIN', 'EBUSY'].includes((error as NodeJS.ErrnoException | null)?.code ?? '');
