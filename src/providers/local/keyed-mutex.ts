import { orAborted } from '../../aborts.js';

/** One holder a key at a time, in the order of asking. Within this process only. */
export class KeyedMutex {
  private readonly tails = new Map<string, Promise<unknown>>();

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
      return await work();
    } finally {
      release();
    }
  }
}
