/**
 * Keeps upkeep of mirrors out of the way of tasks: it runs while nobody uses a mirror, is stopped as soon as
 * somebody wants to, and only then they go on. Within this process only.
 */
export class MirrorUses {
  private readonly users = new Map<string, number>();
  private readonly upkeep = new Map<
    string,
    { readonly abort: AbortController; readonly ended: Promise<void> }
  >();

  /** Runs work that needs the mirror. */
  async use<T>(path: string, work: () => Promise<T>): Promise<T> {
    this.users.set(path, (this.users.get(path) ?? 0) + 1);
    try {
      const running = this.upkeep.get(path);
      running?.abort.abort(new Error('A task needs the mirror'));
      await running?.ended;
      return await work();
    } finally {
      const left = (this.users.get(path) ?? 1) - 1;
      if (left === 0) this.users.delete(path);
      else this.users.set(path, left);
    }
  }

  /**
   * Runs upkeep of a mirror that nobody uses.
   * @returns whether it came to its end: false when the mirror is in use or was asked for meanwhile
   * @throws the signal's reason, or what the work throws
   */
  async whileUnused(
    path: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<boolean> {
    signal.throwIfAborted();
    if (this.users.has(path) || this.upkeep.has(path)) return false;
    const abort = new AbortController();
    const done = work(AbortSignal.any([signal, abort.signal]));
    this.upkeep.set(path, { abort, ended: done.catch(() => undefined) });
    try {
      await done;
      return true;
    } catch (error) {
      if (abort.signal.aborted) return false;
      throw error;
    } finally {
      this.upkeep.delete(path);
    }
  }
}
