import { onAbort } from '../../platform/aborts.js';
import type { Clock } from '../../platform/clock.js';
import type { EventStore, GroupMessage } from '../../store/event-store.js';
import { Isolation, type Waiting, SharedOrAlone } from './isolation.js';
import { RedeliveryJournal, type RedeliveryRecord } from './redelivery-journal.js';

/** So many lives in a row have to end while the message ran alone. */
const MAX_DEATHS = 3;
/** Redelivered messages in hand at a time when nothing is known against them. */
const MAX_WINDOW = 64;
/** What comes again comes in a burst: it is over when nothing more has come for so long. */
const GATHER_MS = 50;
const LONGEST_GATHER_MS = 500;
/** What has been in hand for so long did not end the process: others may follow. */
const ABSOLVED_MS = 5_000;

/** The message ended the process whenever it ran alone. */
export class PoisonMessageError extends Error {
  override readonly name = 'PoisonMessageError';
}

/** Runs an effect when its provider has room, or rejects. */
type Turn = (effect: () => Promise<void>) => Promise<void>;

/**
 * Finds the poison message: the one that ends the process that handles it. What is delivered for the first time leaves no
 * trace. What comes again may have been in hand at a crash: what was in hand then (all, when that is not known) runs first,
 * half of it at a time, so that each crash leaves half as many candidates; when they have come through, the others follow.
 * The last candidate runs alone, nothing else in hand, and three lives in a row have to end with it alone, after the process
 * has lived for a while with nothing in hand at all: kills from outside, in any number, condemn nobody.
 */
export class PoisonMessages {
  private readonly journal: RedeliveryJournal;
  private readonly hand = new SharedOrAlone();
  private readonly bornAt: number;
  private waiting: Waiting[] = [];
  /** Redelivered messages that run, and may still end the process. */
  private readonly inHand = new Set<string>();
  private noting?: Promise<void>;
  private noted = 0;
  private opened?: Promise<void>;
  private working?: Promise<void>;
  private isolation?: Isolation;
  private changed: () => void = () => {};

  constructor(
    store: EventStore,
    private readonly clock: Clock,
  ) {
    this.journal = new RedeliveryJournal(store);
    this.bornAt = clock.now().getTime();
  }

  /** Runs the effect of a message. Rejects as it does, with the signal's reason, or with PoisonMessageError. */
  async run(
    { event, retryCount }: GroupMessage,
    stop: AbortSignal,
    turn: Turn,
    effect: () => Promise<void>,
  ): Promise<void> {
    await (this.opened ??= this.open());
    if (retryCount === 0 && event.created.getTime() >= this.bornAt)
      return this.hand.shared(stop, () => turn(effect));
    return new Promise<void>((resolve, reject) => {
      const begin: Waiting['begin'] = (before = () => Promise.resolve()) => {
        const handling = turn(() => before().then(effect));
        handling.then(resolve, reject);
        return handling.catch(() => undefined);
      };
      const one: Waiting = { id: event.id, begin, reject, stop };
      const giveWay = () => {
        if (this.take(one)) reject(stop.reason as Error);
        this.changed();
      };
      if (stop.aborted) return reject(stop.reason as Error);
      onAbort(stop, giveWay);
      this.waiting.push(one);
      this.isolation?.another();
      this.changed();
      this.working ??= this.work();
    });
  }

  /** It is a state of its task now: whoever has it handled again has mended the cause. */
  async forget(id: string): Promise<void> {
    await this.journal.note({ type: 'GivenUp', message: id }).catch(() => undefined);
  }

  /** Resolves when nobody is waited for any more; what was stopped is then not held against it. */
  async settled(): Promise<void> {
    while (this.working) await this.working;
  }

  /** Before anything is in hand: whom the lives before left for this one to run alone does so first. */
  private async open(): Promise<void> {
    try {
      const record = await this.journal.read();
      if (record.deaths.size > 0 || (record.candidates.size > 0 && record.candidates.size <= 2))
        this.working = this.work(record);
    } catch (error) {
      this.opened = undefined;
      throw error;
    }
  }

  private take(one: Waiting): boolean {
    const before = this.waiting.length;
    this.waiting = this.waiting.filter((other) => other !== one);
    return this.waiting.length < before;
  }

  /** Never rejects: whoever waits is told. */
  private async work(known?: RedeliveryRecord): Promise<void> {
    const isolation = new Isolation(this.journal, this.hand, this.clock, () => this.waiting.length > 0);
    this.isolation = isolation;
    if (known) isolation.holdBack();
    try {
      await this.gather();
      const record = known ?? (await this.journal.read());
      if (this.waiting.length > 0) await this.workOff(record, isolation);
    } catch (error) {
      for (const { reject } of this.waiting.splice(0)) reject(error);
    } finally {
      isolation.letGo();
      this.working = this.waiting.length > 0 ? this.work() : undefined;
    }
  }

  private async gather(): Promise<void> {
    for (let ms = 0, before = -1; ms < LONGEST_GATHER_MS && before < this.waiting.length; ms += GATHER_MS) {
      before = this.waiting.length;
      await this.clock.sleep(GATHER_MS);
    }
  }

  private async workOff({ candidates, deaths }: RedeliveryRecord, isolation: Isolation): Promise<void> {
    const cleared = new Set<string>();
    const deathsOf = ({ id }: Waiting) => (cleared.has(id) ? 0 : (deaths.get(id) ?? 0));
    const known = this.waiting.filter(({ id }) => candidates.has(id)).length;
    let isCandidate = ({ id }: Waiting) => known === 0 || candidates.has(id);
    let limit = Math.min(MAX_WINDOW, Math.ceil((known || this.waiting.length) / 2));
    let window = 0;
    const through = () => {
      window--;
      this.changed();
    };
    const joined = (id: string) => (ended: Promise<void>) => {
      this.inHand.add(id);
      void ended.then(() => this.inHand.delete(id));
    };
    while (this.waiting.length > 0 || window > 0) {
      const change = new Promise<void>((resolve) => (this.changed = resolve));
      const blamed = this.waiting
        .filter((one) => deathsOf(one) > 0)
        .reduce<Waiting | undefined>((a, b) => (a && deathsOf(a) >= deathsOf(b) ? a : b), undefined);
      const next = blamed ?? this.waiting.find(isCandidate);
      if (blamed && deathsOf(blamed) >= MAX_DEATHS) this.giveUp(blamed, deathsOf(blamed));
      else if (next && (blamed || limit === 1) && window === 0) {
        const isLone = await isolation.begin(next, deathsOf(next), () => this.take(next), joined(next.id));
        cleared.add(next.id);
        if (!isLone && this.take(next)) {
          window++;
          void this.beside(next).finally(through);
        }
      } else if (next && !blamed && window < limit) {
        isolation.letGo();
        window++;
        this.take(next);
        void this.beside(next).finally(through);
      } else if (next === undefined && window === 0) {
        isolation.letGo();
        isCandidate = () => true;
        limit = MAX_WINDOW;
      } else await change;
    }
    if (this.noted > 0) await this.noteInHand();
  }

  private giveUp(one: Waiting, deaths: number): void {
    this.take(one);
    one.reject(
      new PoisonMessageError(
        `The service ended ${deaths} times in a row while it worked on this task and on nothing else`,
      ),
    );
  }

  /** Resolves when it has ended, has run for so long that it is not to blame for what comes, or has found no room for as long. */
  private async beside({ id, begin, stop, reject }: Waiting): Promise<void> {
    const ended = new AbortController();
    const absolved = async () => {
      await this.clock.sleep(ABSOLVED_MS, ended.signal);
      this.inHand.delete(id);
    };
    let absolving = this.clock.sleep(ABSOLVED_MS, ended.signal);
    const started = async () => {
      this.inHand.add(id);
      absolving = absolved();
      await this.noteInHand();
    };
    const handling = this.hand.shared(stop, () => begin(started)).catch(reject);
    void handling.then(() => {
      ended.abort();
      this.inHand.delete(id);
    });
    await Promise.race([handling, absolving.then(() => absolving)]);
  }

  /** What begins while a note waits for its turn is in that note. */
  private noteInHand(): Promise<void> {
    return (this.noting ??= this.journal.note(() => {
      this.noting = undefined;
      this.noted = this.inHand.size;
      return { type: 'InHand', messages: [...this.inHand] };
    }));
  }
}
