import type { FrameRate } from '../../access/frame-rate.js';
import { pause } from '../../platform/clock.js';

/** What frames come by. */
interface Source {
  readonly open: boolean;
  /** Nothing more is read of the connection, so the peer has to wait. */
  hold(isHeld: boolean): void;
  flooded(): void;
}

/**
 * Takes the frames of a client in the order in which they came, one after the other, and no faster than is read. What
 * comes meanwhile stays in the connection: a client that sends without end waits for itself, and nobody for it.
 */
export class FrameIntake {
  private readonly waiting: string[] = [];
  private working = false;

  /** @param handle takes a frame; throws nothing that is the client's fault */
  constructor(
    private readonly source: Source,
    private readonly rate: FrameRate,
    private readonly handle: (text: string) => void | Promise<void>,
  ) {}

  /** Gives a frame in. */
  take(text: string): void {
    this.waiting.push(text);
    if (this.working) this.source.hold(true);
    else void this.work();
  }

  private async work(): Promise<void> {
    this.working = true;
    try {
      for (let text; this.source.open && (text = this.waiting.shift()) !== undefined;) {
        const wait = this.rate.take();
        if (wait > 0) {
          if (this.rate.isFlood) return this.source.flooded();
          this.source.hold(true);
          await pause(wait);
          if (!this.source.open) return;
        }
        const handled = this.handle(text);
        if (handled !== undefined) await handled;
      }
    } finally {
      this.working = false;
      this.source.hold(false);
    }
  }
}
