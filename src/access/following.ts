import type { Logger } from 'pino';
import { pause } from '../platform/clock.js';

/** How often each process looks for what others did: who is put out is put out everywhere soon after. */
const EVERY_MS = 2_000;
/** However many ask for what is not known here: the store is asked at most so often for all of them. */
const APART_MS = 200;

/** Keeps what is known here of a stream near to what others have made of it. */
export class Following<State> {
  private readonly stopping = new AbortController();
  private next?: Promise<State>;
  private lookedAt = Number.NEGATIVE_INFINITY;

  /** @param look reads what is new @param what it is, for the log */
  constructor(
    private readonly look: () => Promise<State>,
    private readonly what: string,
    private readonly log: Logger,
  ) {}

  /** Looks again and again until it is stopped. @param first is told what was there at first */
  async begin(first: (state: State) => void = () => undefined): Promise<void> {
    let tell: typeof first | undefined = first;
    while (!this.stopping.signal.aborted) {
      try {
        const state = await this.look();
        tell?.(state);
        tell = undefined;
      } catch (error) {
        this.log.debug({ err: error }, `${this.what} cannot be read just now`);
      }
      await pause(EVERY_MS, this.stopping.signal);
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  /** For what another process may have stored just now: looks once for all who ask. Throws EventStoreUnavailableError. */
  again(): Promise<State> {
    return (this.next ??= this.lookOnce());
  }

  /** What is found in what is known here, or else in what another process may have stored. Throws EventStoreUnavailableError. */
  async found<T>(find: () => T | null | undefined): Promise<T | null> {
    const known = find() ?? null;
    if (known !== null) return known;
    await this.again();
    return find() ?? null;
  }

  private async lookOnce(): Promise<State> {
    // Waits at least until `next` is this one: what clears it runs after that.
    await pause(Math.max(0, this.lookedAt + APART_MS - performance.now()), this.stopping.signal);
    // Who asks from here on may ask for what was stored after this look began.
    this.next = undefined;
    this.lookedAt = performance.now();
    return this.look();
  }
}
