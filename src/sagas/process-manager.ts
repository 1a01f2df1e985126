import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Logger } from 'pino';
import type { Clock } from '../platform/clock.js';
import { InFlight } from '../platform/in-flight.js';
import { Readiness } from '../platform/readiness.js';
import { CLOCK, EVENT_STORE, LOGGER } from '../platform/tokens.js';
import { TaskStreams } from '../store/aggregate-streams.js';
import type { EventStore, Subscription } from '../store/event-store.js';
import { MessageLanes } from './message-lanes.js';
import { PoisonMessages } from './poison/poison-messages.js';
import type { Due, Process } from './process.js';

/** What a message may take beyond the longest of its process before it is delivered to somebody else. */
const SLACK_MS = 60_000;

/** The processes that this service has, for those who inject them. */
export const PROCESSES = Symbol('PROCESSES');

/**
 * The durable process manager: takes the messages of each process from its persistent subscription and has what follows from
 * them done, in lanes of its own, so that one process waits for nothing of another. What ends the service is found among the
 * messages of all of them.
 */
@Injectable()
export class ProcessManager implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly poison: PoisonMessages;
  private readonly lanes: readonly MessageLanes<Due>[];
  private readonly subscriptions = new Map<string, Subscription>();

  constructor(
    @Inject(PROCESSES) private readonly processes: readonly Process<Due>[],
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(TaskStreams) streams: TaskStreams,
    @Inject(CommandBus) commands: CommandBus,
    @Inject(InFlight) private readonly inFlight: InFlight,
    @Inject(Readiness) readiness: Readiness,
    @Inject(CLOCK) clock: Clock,
    @Inject(LOGGER) log: Logger,
  ) {
    const poison = new PoisonMessages(store, clock);
    this.poison = poison;
    const tools = { streams, commands, inFlight, poison, clock, log };
    this.lanes = processes.map((process) => new MessageLanes(process, tools));
    for (const { name } of processes)
      readiness.register(name, () => {
        const ok = this.subscriptions.get(name)?.live ?? false;
        return {
          ok,
          detail: ok ? 'messages are being delivered' : 'not connected to its persistent subscription',
        };
      });
  }

  onApplicationBootstrap(): void {
    for (const [index, { name, group, types, bufferSize, longestMs }] of this.processes.entries())
      this.subscriptions.set(
        name,
        this.store.joinGroup({
          group,
          types,
          bufferSize,
          messageTimeoutMs: longestMs + SLACK_MS,
          onMessage: (message) => this.lanes[index]!.take(message),
        }),
      );
  }

  /** Stops what is under way; what is not finished stays unacknowledged and goes to the next consumer. */
  async beforeApplicationShutdown(): Promise<void> {
    this.inFlight.close('the service is shutting down');
    await Promise.all(this.lanes.map((lanes) => lanes.settled()));
    await this.poison.settled();
    await Promise.all([...this.subscriptions.values()].map((subscription) => subscription.stop()));
  }
}
