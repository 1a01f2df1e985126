import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { newContext, TaskExecutor } from '../commands/executor.js';
import { aborted } from '../platform/aborts.js';
import { Background } from '../platform/background.js';
import { pause, type Clock } from '../platform/clock.js';
import { CLOCK, LOGGER } from '../platform/tokens.js';
import { Feed, type Update } from '../projections/feed/feed.js';
import { SleepSteps } from '../projections/queries/sleep-steps.js';

/** So many are done in a round. */
const MOST_IN_A_ROUND = 200;
/** The rows are looked at again after so long, whatever was heard. */
const SWEEP_MS = 60_000;
/** So long after a round comes the next one at the earliest: the rows have to learn what it did. */
const AGAIN_MS = 500;
/** Rows that are away are asked again after so long. */
const RETRY_MS = 2_000;
/** The rows are waited for so long, to have what a round stored. */
const ROWS_LIMIT_MS = 5_000;

/**
 * Has sandboxes stop at their deadlines, and people warned before. One timer for all of them, set to the earliest in the rows
 * or heard of since: a sandbox that nothing happens in costs nothing. What is due is decided from the task's stream, so every
 * process with the role api does it and none twice, and after a kill the rows tell the next process what is due.
 */
@Injectable()
export class Sleeps implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly background = new Background();
  /** When something is to be done next, in milliseconds since 1970. */
  private nextAt = 0;
  private wake: () => void = () => undefined;

  constructor(
    @Inject(SleepSteps) private readonly steps: SleepSteps,
    @Inject(Feed) private readonly feed: Feed,
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.background.keep(this.run());
  }

  beforeApplicationShutdown(): Promise<void> {
    const stopped = this.background.stop();
    this.wake();
    return stopped;
  }

  private async run(): Promise<void> {
    const { signal } = this.background;
    const stopListening = this.feed.listen((updates) => this.hear(updates));
    await Promise.race([this.feed.whenStarted, aborted(signal)]);
    while (!signal.aborted) {
      try {
        await this.round(signal);
      } catch (error) {
        // The rows are away: told of by whoever needs them more.
        this.nextAt = this.clock.now().getTime() + RETRY_MS;
        this.log.debug({ err: error }, 'the deadlines of sandboxes cannot be looked at just now');
      }
      await pause(AGAIN_MS, signal);
      await this.untilDue();
    }
    stopListening();
  }

  private hear(updates: readonly Update[]): void {
    for (const { nextSleepStep } of updates)
      if (nextSleepStep !== null && nextSleepStep < this.nextAt) {
        this.nextAt = nextSleepStep;
        this.wake();
      }
  }

  private async round(signal: AbortSignal): Promise<void> {
    const now = this.clock.now().getTime();
    this.nextAt = now + SWEEP_MS;
    const steps = await this.steps.next(MOST_IN_A_ROUND);
    let stored: bigint | null = null;
    for (const { taskId, at } of steps) {
      if (signal.aborted) return;
      this.nextAt = Math.min(this.nextAt, at);
      if (at > now) break;
      const position = await this.step(taskId, new Date(now).toISOString());
      if (position !== null && (stored === null || position > stored)) stored = position;
    }
    if (stored !== null) await this.feed.waitFor(stored, ROWS_LIMIT_MS);
  }

  /** Does what is due. Resolves with the position of what was stored for it; with null where nothing was, or could not be yet. */
  private async step(taskId: string, at: string): Promise<bigint | null> {
    try {
      const command = { type: 'SleepIfDue', at } as const;
      const { fold, events } = await this.executor.execute(taskId, command, newContext('deadline'));
      return events.length === 0 ? null : fold.position;
    } catch (error) {
      this.log.debug({ taskId, err: error }, "a sandbox's deadline cannot be looked at just now");
      return null;
    }
  }

  private async untilDue(): Promise<void> {
    const { signal } = this.background;
    while (!signal.aborted) {
      const leftMs = this.nextAt - this.clock.now().getTime();
      if (leftMs <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
