import { setMaxListeners } from 'node:events';
import type { Clock } from './clock.js';

/** Work that goes on behind until the process is stopped. */
export class Background {
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<unknown>>();

  constructor() {
    // Each piece of work listens to it.
    setMaxListeners(0, this.stopping.signal);
  }

  /** Aborts when the process is stopped. */
  get signal(): AbortSignal {
    return this.stopping.signal;
  }

  /** Has the work waited for at the stop. How it ends is its own business. */
  keep(work: Promise<unknown>): void {
    this.running.add(work);
    void work.finally(() => this.running.delete(work)).catch(() => undefined);
  }

  /** Does the work until it succeeds or the process is stopped: a store that is away, say, comes back. Never rejects. */
  async untilDone(
    work: () => Promise<void>,
    { clock, againMs, onFailure }: { clock: Clock; againMs: number; onFailure: (error: unknown) => void },
  ): Promise<void> {
    while (!this.signal.aborted) {
      try {
        return await work();
      } catch (error) {
        if (this.signal.aborted) return;
        onFailure(error);
        await clock.sleep(againMs, this.signal);
      }
    }
  }

  /** Stops everything. Resolves when it has ended. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('the service is shutting down'));
    await Promise.allSettled(this.running);
  }
}
