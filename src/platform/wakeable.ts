import { onAbort } from './aborts.js';

/** A wait that can be ended early. What wakes it while nobody waits ends the next wait at once, so that nothing is missed. */
export class Wakeable {
  private woken = false;
  private end: () => void = () => undefined;

  wake(): void {
    this.woken = true;
    this.end();
  }

  /** Resolves when it is woken, when the signal aborts, or after so long (in milliseconds). Never rejects. */
  async wait(limitMs: number, signal: AbortSignal): Promise<void> {
    if (!this.woken && !signal.aborted)
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          cancel();
          resolve();
        };
        const timer = setTimeout(done, limitMs);
        this.end = done;
        const cancel = onAbort(signal, done);
      });
    this.woken = false;
  }
}
