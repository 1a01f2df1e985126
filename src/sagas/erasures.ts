import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { Erasure } from '../commands/erase-task.js';
import { newContext } from '../commands/executor.js';
import { taskIdOfStream } from '../events/task/task-events.js';
import { Background } from '../platform/background.js';
import { pause } from '../platform/clock.js';
import { EVENT_STORE, LOGGER } from '../platform/tokens.js';
import type { EventStore, GroupMessage, Subscription } from '../store/event-store.js';

/** Its filter is as it was made: see `Process.group`. */
const GROUP = 'slipway-erasures';
const BUFFER_SIZE = 100;
const MESSAGE_TIMEOUT_MS = 120_000;
/** The first pause before it is tried again. Each is twice as long as the one before, up to the longest: a group gives up after 1,000 deliveries. */
const AGAIN_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

/** Finishes what erasures began: whoever stored `TaskErased` may have been killed before the key was destroyed. */
@Injectable()
export class Erasures implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly background = new Background();
  private subscription?: Subscription;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(Erasure) private readonly erasure: Erasure,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.subscription = this.store.joinGroup({
      group: GROUP,
      types: ['TaskErased'],
      bufferSize: BUFFER_SIZE,
      messageTimeoutMs: MESSAGE_TIMEOUT_MS,
      onMessage: (message) => this.background.keep(this.take(message)),
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    const stopped = this.background.stop();
    await this.subscription?.stop();
    await stopped;
  }

  /** Never rejects. What fails comes again, for most of a day; after that, or sooner, whoever asks for the erasure again has it finished. */
  private async take(message: GroupMessage): Promise<void> {
    const taskId = taskIdOfStream(message.event.stream);
    try {
      if (taskId !== null) await this.erasure.finish(taskId, newContext('saga'));
      message.ack();
    } catch (error) {
      this.log.error({ err: error, taskId }, 'an erasure could not be finished; tried again');
      await pause(Math.min(AGAIN_MS * 2 ** message.retryCount, LONGEST_PAUSE_MS), this.background.signal);
      message.retry('the erasure could not be finished');
    }
  }
}
