import { orAborted } from '../../platform/aborts.js';

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
