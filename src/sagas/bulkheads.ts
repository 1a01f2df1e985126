import { FairTurns } from '../platform/fair-turns.js';
import type { NextCommand } from './react.js';

type Lane = 'provision' | 'clean-up';

/** Where an effect is to be made, and whose it is. */
interface EffectOf {
  readonly providerId: string;
  readonly workspaceId: string;
}

/**
 * Each provider has its own limit of effects at a time, so that one that hangs delays no other; and ways
 * out (release, destroy) have a lane of their own, so that a provider that hangs on creates can be cleaned up.
 * In each of them workspaces take turns.
 */
export class Bulkheads {
  private readonly lanes = new Map<string, FairTurns>();

  /** @param size effects at a time, for each provider and lane */
  constructor(private readonly size: number) {}

  /**
   * Runs the effect when there is room. Resolves or rejects as it does; rejects with the signal's reason,
   * at once, when that fires while the effect still waits for room: a kill does not wait in that queue.
   */
  async run(
    { providerId, workspaceId }: EffectOf,
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
    const turns = this.lanes.get(key) ?? new FairTurns(this.size);
    this.lanes.set(key, turns);
    await turns.run(workspaceId, signal, effect);
  }
}
