import { orAborted } from '../../platform/aborts.js';
import type { Clock } from '../../platform/clock.js';
import type { RedeliveryJournal } from './redelivery-journal.js';

/** Others are held back. */
interface Hold {
  readonly over: Promise<void>;
  /** Somebody is held back by it. */
  readonly wanted: () => void;
}

/** Effects run beside each other, unless somebody holds them back who wants to be alone. */
export class SharedOrAlone {
  private running = 0;
  private hold?: Hold;
  private drained: () => void = () => {};

  /** Runs beside others. Costs nothing while nobody wants to be alone. Rejects with the signal's reason when stopped before. */
  async shared(stop: AbortSignal, effect: () => Promise<void>): Promise<void> {
    while (this.hold) {
      this.hold.wanted();
      await orAborted(this.hold.over, stop);
    }
    this.running++;
    try {
      await effect();
    } finally {
      if (--this.running === 0) this.drained();
    }
  }

  /** From now on others wait, until the answer is called. One hold at a time. @param wanted called when somebody waits */
  holdBack(wanted: () => void): () => void {
    let open: () => void = () => {};
    this.hold = { over: new Promise<void>((resolve) => (open = resolve)), wanted };
    return () => {
      this.hold = undefined;
      open();
    };
  }

  /** Whether nothing is in hand, at last when the patience ends. */
  async empty(patience: Promise<void>): Promise<boolean> {
    if (this.running > 0) {
      const drained = new Promise<void>((resolve) => (this.drained = resolve));
      await Promise.race([drained, patience]);
    }
    return this.running === 0;
  }
}

/** In all, others are held back for so long, so that messages can run alone. */
const HOLD_MS = 5_000;
/** After so many deaths the process first has to live for so long with nothing in hand at all. */
const QUIET_MS = [0, 1_000, 3_000];
/**
 * What has run for so long did not end the process: what ends it then comes from outside. A message that needs longer to end
 * it is therefore not given up: nobody could tell it from one that hangs in a process that is killed now and then.
 */
const LONGEST_ALONE_MS = 5_000;
const NOTE_AGAIN_MS = 250;

/** A redelivered message that waits for its turn. */
export interface Waiting {
  readonly id: string;
  readonly stop: AbortSignal;
  /** Runs its effect, when its provider has room and after what is given. Resolves when it has ended, however. */
  readonly begin: (before?: () => Promise<void>) => Promise<void>;
  readonly reject: (error: unknown) => void;
}

/** Runs messages alone, for as long as others can be asked to wait. */
export class Isolation {
  private readonly until: number;
  private release?: () => void;
  private readonly wanted: Promise<void>;
  private want: () => void = () => {};
  private quietMs = 0;
  private isAlone = false;

  /** @param isAnotherWaiting whether a redelivered message waits, too */
  constructor(
    private readonly journal: RedeliveryJournal,
    private readonly hand: SharedOrAlone,
    private readonly clock: Clock,
    private readonly isAnotherWaiting: () => boolean,
  ) {
    this.until = clock.now().getTime() + HOLD_MS;
    this.wanted = new Promise((resolve) => (this.want = resolve));
  }

  /** Others wait, from now until `letGo`. */
  holdBack(): void {
    this.release ??= this.hand.holdBack(this.want);
  }

  letGo(): void {
    this.release?.();
    this.release = undefined;
  }

  /** A redelivered message came meanwhile. */
  another(): void {
    if (this.isAlone) this.want();
  }

  /**
   * Runs the message alone, nothing else in hand, and resolves when it has ended or others may follow. False when that cannot
   * be: then it was not run. Its end counts as its own only while nothing else is in hand, and only after a quiet that is
   * longer with each death: a process that dies in the quiet as well dies of something else.
   * @param take takes it out of those who wait; false when it is not there any more
   * @param joined called with its end when it goes on and is not alone any more
   */
  async begin(
    one: Waiting,
    deaths: number,
    take: () => boolean,
    joined: (ended: Promise<void>) => void,
  ): Promise<boolean> {
    const quiet = Math.max(0, QUIET_MS[deaths]! - this.quietMs);
    // Nobody is held back for a message that nothing is known against.
    const patience = deaths === 0 ? 0 : Math.max(0, this.left() - quiet);
    this.holdBack();
    const waited = new AbortController();
    const isAlone = await this.hand.empty(this.clock.sleep(patience, waited.signal));
    waited.abort();
    if (!isAlone || this.left() < quiet) {
      this.letGo();
      return false;
    }
    if (quiet > 0) {
      await this.journal.note({ type: 'QuietBegun' });
      await this.clock.sleep(quiet, one.stop);
      this.quietMs += quiet;
    }
    if (take()) await this.alone(one, joined);
    else await this.journal.note({ type: 'InHand', messages: [] });
    return true;
  }

  private async alone(one: Waiting, joined: (ended: Promise<void>) => void): Promise<void> {
    const over = new AbortController();
    const message = one.id;
    this.isAlone = true;
    const ended = one.begin(() => this.journal.note({ type: 'AloneBegun', message }));
    if (this.isAnotherWaiting()) this.want();
    const others = this.clock.sleep(this.left(), over.signal).then(() => this.wanted);
    const long = this.clock.sleep(LONGEST_ALONE_MS, over.signal);
    const how = await Promise.race([
      ended.then(() => 'ended' as const),
      others.then(() => 'others' as const),
      long.then(() => 'long' as const),
    ]);
    over.abort();
    this.isAlone = false;
    if (how === 'others') {
      await this.noteJoin(message, ended);
      joined(ended);
    } else await this.journal.note({ type: 'AloneEnded', message }).catch(() => undefined);
    if (how !== 'ended') this.letGo();
  }

  /** Stored before anybody joins: until then its end would count as its own. */
  private async noteJoin(message: string, ended: Promise<void>): Promise<void> {
    let isOver = false;
    void ended.then(() => (isOver = true));
    while (!isOver) {
      const stored = this.journal.note({ type: 'OthersJoined', message }).then(
        () => true,
        () => false,
      );
      if (await stored) return;
      await this.clock.sleep(NOTE_AGAIN_MS);
    }
  }

  private left(): number {
    return Math.max(0, this.until - this.clock.now().getTime());
  }
}
