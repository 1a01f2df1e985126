import pLimit, { type LimitFunction } from 'p-limit';
import { orAborted } from '../platform/aborts.js';
import type { NextCommand } from './react.js';

type Lane = 'provision' | 'clean-up';

/**
 * Each provider has its own limit of effects at a time, so that one that hangs delays no other; and ways
 * out (release, destroy) have a lane of their own, so that a provider that hangs on creates can be cleaned up.
 */
export class Bulkheads {
  private readonly limits = new Map<string, LimitFunction>();

  /** @param size effects at a time, for each provider and lane */
  constructor(private readonly size: number) {}

  /**
   * Runs the effect when there is room. Resolves or rejects as it does; rejects with the signal's reason,
   * at once, when that fires while the effect still waits for room: a kill does not wait in that queue.
   */
  async run(
    providerId: string,
    command: NextCommand,
    signal: AbortSignal,
    effect: () => Promise<void>,
  ): Promise<void> {
    const lane: Lane =
      command.type === 'RunStage' &&
      (command.stage === 'release_sandbox' || command.stage === 'destroy_sandbox')
        ? 'clean-up'
        : 'provision';
    const key = `${lane}/${providerId}`;
    const limit = this.limits.get(key) ?? pLimit(this.size);
    this.limits.set(key, limit);
    let running: Promise<void> | undefined;
    const turn = limit(async () => {
      if (!signal.aborted) await (running = effect());
    });
    await orAborted(turn, signal).catch((error: unknown) => {
      if (running === undefined) throw error;
    });
    // Once it runs, its end is awaited: it sees to being stopped by itself.
    await running;
  }
}
