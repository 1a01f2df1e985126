/**
 * A process as its outside world sees it: it may be frozen (SIGSTOP) and go on as if nothing had been, and
 * it may be killed, after which nothing of it ever happens again. All that reaches it comes through here.
 */
export class Host {
  /** It was out of touch once: it may not know what everybody else does. */
  isStale = false;
  private state: 'up' | 'frozen' | 'dead' = 'up';
  private thawed?: Promise<void>;
  private wake: () => void = () => {};
  private die: () => void = () => {};
  /** Resolves when it is killed. */
  readonly death = new Promise<void>((resolve) => (this.die = resolve));

  constructor(readonly name: string) {}

  get isUp(): boolean {
    return this.state === 'up';
  }

  freeze(): void {
    this.state = 'frozen';
    this.thawed = new Promise((resolve) => (this.wake = resolve));
  }

  thaw(): void {
    if (this.state !== 'frozen') return;
    this.state = 'up';
    this.wake();
  }

  kill(): void {
    this.state = 'dead';
    this.die();
  }

  /** Resolves when the process runs: at once, after its thaw, or never. */
  async running(): Promise<void> {
    while (this.state !== 'up') await (this.state === 'dead' ? NEVER : this.thawed);
  }

  /** The outcome of something outside, as far as the process lives to see it. */
  async sees<T>(outside: Promise<T>): Promise<T> {
    try {
      return await outside;
    } finally {
      if (this.state !== 'up') await this.running();
    }
  }
}

const NEVER = new Promise<never>(() => {});
