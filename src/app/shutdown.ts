import type { Logger } from 'pino';
import { isTerminal } from './terminal.js';
import type { Service } from './service.js';

/** One Ctrl-C may come twice: from the terminal, and passed on by npm. Another key press takes longer. */
const SAME_KEY_MS = 400;

/** Stops the service in good order on SIGTERM or SIGINT; a second SIGINT ends the process at once. */
export class Shutdown {
  private service?: Service;
  private begunAt?: number;

  constructor(
    private readonly log: Logger,
    private readonly limitMs: number,
  ) {
    process.on('SIGTERM', (signal) => this.begin(signal));
    process.on('SIGINT', (signal) => this.begin(signal));
  }

  /** From now on there is something to stop. Before, nothing has been accepted that could get lost. */
  of(service: Service): void {
    this.service = service;
  }

  private begin(signal: NodeJS.Signals): void {
    if (this.begunAt !== undefined) {
      if (signal === 'SIGINT' && performance.now() - this.begunAt > SAME_KEY_MS) this.cutShort();
      return;
    }
    this.begunAt = performance.now();
    if (!this.service) {
      this.log.info({ signal }, 'stopped while it was starting');
      process.exit(0);
    }
    const hint = signal === 'SIGINT' && isTerminal() ? '; Ctrl-C again ends it at once' : '';
    this.log.info({ signal }, `Slipway stops; what is under way goes on after the next start${hint}`);
    void this.stop(this.service);
  }

  private async stop(service: Service): Promise<void> {
    setTimeout(() => {
      this.log.error(
        { limitMs: this.limitMs, waitingFor: service.waitingFor },
        'shutdown takes too long; what is unfinished goes on after the next start',
      );
      process.exit(1);
    }, this.limitMs).unref();
    try {
      await service.stop();
      process.exit(0);
    } catch (error) {
      this.log.error({ err: error }, 'shutdown failed');
      process.exit(1);
    }
  }

  private cutShort(): void {
    this.log.warn({ waitingFor: this.service?.waitingFor }, 'ended at once');
    process.exit(130);
  }
}
