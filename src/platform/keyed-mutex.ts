import { onAbort, orAborted } from './aborts.js';

/** How long a holder may take to end once its signal has fired, in milliseconds. */
const MERCY_MS = 15_000;

/**
 * One holder a key at a time, in the order of asking. Within this process only. No holder keeps a key for ever:
 * one that does not end with its signal loses it, and what it does after that must be find-or-create.
 */
export class KeyedMutex {
  private readonly mercyMs: number;
  private readonly tails = new Map<string, Promise<unknown>>();

  constructor(mercyMs = MERCY_MS) {
    this.mercyMs = mercyMs;
  }

  /** Runs `work` once all earlier work for the key has settled. An abort while waiting gives up the place. */
  async run<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key) ?? Promise.resolve();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const tail = before.then(() => held);
    this.tails.set(key, tail);
    void tail.then(() => this.tails.get(key) === tail && this.tails.delete(key));
    try {
      await orAborted(before, signal);
      signal.throwIfAborted();
      return await this.bounded(work(), signal);
    } finally {
      release();
    }
  }

  private bounded<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const cancel = onAbort(signal, () => {
        timer = setTimeout(() => reject(signal.reason as Error), this.mercyMs);
      });
      work.then(resolve, reject).finally(() => {
        cancel();
        clearTimeout(timer);
      });
    });
  }
}
