import { Inject, Injectable } from '@nestjs/common';
import { FairTurns } from '../../platform/fair-turns.js';
import type { Settings } from '../../platform/settings/settings.js';
import { SETTINGS } from '../../platform/tokens.js';

/**
 * Reading what subscribers missed. Few pages are read at a time, so that connections to the rows are left for those who ask
 * by requests; and clients take turns, a page each, so that one with a thousand subscriptions delays no other.
 */
@Injectable()
export class CatchUps {
  private readonly turns: FairTurns;

  constructor(@Inject(SETTINGS) { live }: Settings) {
    this.turns = new FairTurns(live.catchUps);
  }

  /** Reads a page when it is the client's turn. Rejects with the signal's reason when that fires while it waits. */
  read<T>(client: string, signal: AbortSignal, page: () => Promise<T>): Promise<T> {
    return this.turns.run(client, signal, page);
  }
}
