import { onAbort } from './aborts.js';

/** Of so many places one is kept for whoever else may come. */
const ONE_KEPT_OF = 8;

/** Somebody who waits for room. */
interface Waiting {
  begin(): void;
}

/** Whoever shares the room with others: how many of theirs run, and who waits, in the order in which they came. */
interface Party {
  running: number;
  readonly waiting: Set<Waiting>;
}

/**
 * So many effects at a time. Who waits is served in turn: one of each party, and within a party first come, first served.
 * So a party with five hundred waiting holds up nobody else's single one. Nor does one whose effects hang: it never has an
 * eighth of the places, which are there for others.
 */
export class FairTurns {
  /** In the order in which their turns come. */
  private readonly parties = new Map<string, Party>();
  private running = 0;
  private readonly mostOfOne: number;

  /** @param size effects at a time */
  constructor(private readonly size: number) {
    this.mostOfOne = size - Math.floor(size / ONE_KEPT_OF);
  }

  /**
   * Runs the effect when there is room. Resolves or rejects as it does; rejects with the signal's reason, at once, when
   * that fires while the effect still waits: once it runs its end is awaited, for it sees to being stopped by itself.
   */
  async run<T>(name: string, signal: AbortSignal, effect: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const party = this.parties.get(name) ?? { running: 0, waiting: new Set() };
    this.parties.set(name, party);
    if (this.hasRoom(party)) this.start(party);
    else await this.place(name, party, signal);
    try {
      signal.throwIfAborted();
      return await effect();
    } finally {
      this.running--;
      party.running--;
      this.forget(name, party);
      this.next();
    }
  }

  private hasRoom(party: Party): boolean {
    return this.running < this.size && party.running < this.mostOfOne;
  }

  private start(party: Party): void {
    this.running++;
    party.running++;
  }

  /** Resolves with a place among those that run. */
  private place(name: string, party: Party, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const me: Waiting = {
        begin: () => {
          cancel();
          resolve();
        },
      };
      party.waiting.add(me);
      const cancel = onAbort(signal, () => {
        party.waiting.delete(me);
        this.forget(name, party);
        reject(signal.reason as Error);
      });
    });
  }

  /** The party whose turn it is comes last after it: a map keeps the order in which its keys were put in. */
  private next(): void {
    for (const [name, party] of this.parties) {
      const [first] = party.waiting;
      if (first === undefined || !this.hasRoom(party)) continue;
      party.waiting.delete(first);
      this.parties.delete(name);
      this.parties.set(name, party);
      this.start(party);
      first.begin();
      return;
    }
  }

  private forget(name: string, { running, waiting }: Party): void {
    if (running === 0 && waiting.size === 0) this.parties.delete(name);
  }
}
