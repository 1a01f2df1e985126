import { orAborted } from './aborts.js';

interface Round {
  promise: Promise<void>;
  callers: number;
  readonly abort: AbortController;
}

/**
 * Lets many callers share the same work. A caller gets a round that begins after it asked, so what it
 * sees is never older than its question; rounds never overlap. A round is aborted only when all of
 * its callers have given up.
 */
export class SharedRounds {
  private readonly work: (signal: AbortSignal) => Promise<void>;
  private last: Promise<void> = Promise.resolve();
  private next?: Round;
  private pending = 0;

  constructor(work: (signal: AbortSignal) => Promise<void>) {
    this.work = work;
  }

  /** Whether no round is under way or asked for. */
  get isIdle(): boolean {
    return this.pending === 0;
  }

  async join(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const round = (this.next ??= this.schedule());
    round.callers++;
    try {
      await orAborted(round.promise, signal);
    } finally {
      if (--round.callers === 0) {
        if (this.next === round) this.next = undefined;
        round.abort.abort(new Error('Nobody waits for this any more'));
      }
    }
  }

  private schedule(): Round {
    const round: Round = { promise: this.last, callers: 0, abort: new AbortController() };
    round.promise = this.last
      .catch(() => undefined)
      .then(() => {
        if (this.next === round) this.next = undefined;
        round.abort.signal.throwIfAborted();
        return this.work(round.abort.signal);
      });
    this.last = round.promise;
    this.pending++;
    void round.promise.catch(() => undefined).finally(() => this.pending--);
    return round;
  }
}
