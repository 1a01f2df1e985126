import { onAbort } from '../../platform/aborts.js';

/** Work that reads a checkout from outside, so that a checkout is not deleted, nor deleted records made again, under it. */
export class CheckoutUses {
  private readonly uses = new Map<string, Set<{ over: AbortController; done: Promise<unknown> }>>();
  private readonly ending = new Set<string>();

  /** Runs the work unless the checkout is being deleted. Its signal aborts when it is about to be. */
  async use<T>(
    taskId: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | null> {
    if (this.ending.has(taskId)) return null;
    const over = new AbortController();
    const cancel = onAbort(signal, () => over.abort(signal.reason));
    const done = work(over.signal);
    const use = { over, done };
    const uses = this.uses.get(taskId) ?? new Set();
    this.uses.set(taskId, uses.add(use));
    try {
      return await done;
    } finally {
      cancel();
      uses.delete(use);
      if (uses.size === 0 && this.uses.get(taskId) === uses) this.uses.delete(taskId);
    }
  }

  /** Ends the uses of a checkout, and allows none until the work is over. */
  async without<T>(taskId: string, work: () => Promise<T>): Promise<T> {
    this.ending.add(taskId);
    try {
      const uses = [...(this.uses.get(taskId) ?? [])];
      for (const { over } of uses) over.abort(new Error('The sandbox is being destroyed'));
      await Promise.allSettled(uses.map(({ done }) => done));
      return await work();
    } finally {
      this.ending.delete(taskId);
    }
  }
}
