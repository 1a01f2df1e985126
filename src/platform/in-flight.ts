import { Injectable } from '@nestjs/common';

/** Why a stage in flight was stopped. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError';
}

/** The effects under way in this process, by task, so that a kill or an archive can stop them at once. */
@Injectable()
export class InFlight {
  private readonly running = new Map<string, Set<AbortController>>();
  private closed?: SupersededError;

  /** Registers an effect of the task for as long as the function runs, and hands it the signal that stops it. */
  async track<T>(taskId: string, effect: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    if (this.closed) controller.abort(this.closed);
    const effects = this.running.get(taskId) ?? new Set();
    this.running.set(taskId, effects.add(controller));
    try {
      return await effect(controller.signal);
    } finally {
      effects.delete(controller);
      if (effects.size === 0) this.running.delete(taskId);
    }
  }

  /** Stops whatever is under way for the task. */
  abort(taskId: string, reason: string): void {
    for (const controller of this.running.get(taskId) ?? []) controller.abort(new SupersededError(reason));
  }

  /** Stops everything, and whatever would still begin: the process is going down. */
  close(reason: string): void {
    this.closed = new SupersededError(reason);
    for (const taskId of this.running.keys()) this.abort(taskId, reason);
  }

  /** Whether the process is going down: nothing new begins, and whoever was stopped by it does not try again. */
  get isClosed(): boolean {
    return this.closed !== undefined;
  }

  get size(): number {
    return this.running.size;
  }
}
