import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Logger } from 'pino';
import { Counter } from 'prom-client';
import type { Clock } from '../platform/clock.js';
import { GiveUp } from '../commands/give-up.js';
import { InFlight, SupersededError } from '../platform/in-flight.js';
import { reasonOf } from '../platform/reason.js';
import { StageRunner } from './stages/stage-runner.js';
import type { Settings } from '../platform/settings/settings.js';
import { tracePoint } from '../platform/trace-points.js';
import { UndecodableEventError } from '../events/codec.js';
import { decode } from '../events/task/task-codec.js';
import type { FailureCode } from '../events/failure-codes.js';
import {
  EventStoreUnavailableError,
  type EventStore,
  type GroupMessage,
  type Subscription,
} from '../store/event-store.js';
import type { StoredEvent } from '../events/stored-event.js';
import { TaskStreams } from '../store/task-streams.js';
import { taskIdOfStream } from '../events/task/task-events.js';
import { Readiness } from '../platform/readiness.js';
import { CLOCK, EVENT_STORE, LOGGER, SETTINGS } from '../platform/tokens.js';
import { Bulkheads } from './bulkheads.js';
import { PoisonMessageError, PoisonMessages } from './poison/poison-messages.js';
import { SAGA_EVENT_TYPES, SAGA_GROUP, react } from './react.js';

/**
 * Messages that may be held here at a time, waiting, running or backing off: so many tasks may wait for a provider that
 * hangs before others wait as well. A message is a kilobyte or two, and its prompt.
 */
const BUFFER_SIZE = 20_000;
/** What a message may take beyond its stage's time-out and its back-off before it is delivered to somebody else. */
const SLACK_MS = 60_000;
/** A handler that fails unexpectedly is tried so often before its message is parked. */
const MAX_HANDLINGS = 3;
const HANDLING_RETRY_MS = 250;
/** A message that waited longer (for its time, for room, in a frozen process) may be out of date. */
const FRESH_MS = 1_000;

/** These end whatever the task was doing. */
const INTERRUPTS: ReadonlySet<string> = new Set(['ArchiveRequested', 'KillRequested']);

const parkedMessages = new Counter({
  name: 'slipway_saga_parked_messages_total',
  help: 'Messages that this process could not handle and has parked; see slipway parked list',
});

/** A message in our hands: acknowledged only when what follows from it is stored. */
interface Held {
  message: GroupMessage;
  /** When it was taken, in milliseconds since 1970. */
  readonly since: number;
  superseded: boolean;
}

/**
 * The durable process manager: takes messages from the persistent subscription, asks `react` what follows,
 * has the stage runner do it and acknowledges when it is done. What happens to one task happens in order; tasks do
 * not wait for each other. A process that dies has acknowledged nothing that is not done.
 */
@Injectable()
export class ProcessManager implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly bulkheads: Bulkheads;
  private readonly poison: PoisonMessages;
  /** By task, then by event. */
  private readonly held = new Map<string, Map<string, Held>>();
  private readonly lanes = new Map<string, Promise<void>>();
  private subscription?: Subscription;
  private stopping = false;
  private isAway = false;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(TaskStreams) private readonly streams: TaskStreams,
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(StageRunner) private readonly stages: StageRunner,
    @Inject(InFlight) private readonly inFlight: InFlight,
    @Inject(Readiness) readiness: Readiness,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.bulkheads = new Bulkheads(settings.providerConcurrency);
    this.poison = new PoisonMessages(store, clock);
    readiness.register('saga', () => {
      const ok = this.subscription?.live ?? false;
      return {
        ok,
        detail: ok ? 'messages are being delivered' : 'not connected to its persistent subscription',
      };
    });
  }

  onApplicationBootstrap(): void {
    const { stages, backOff } = this.settings;
    const longest = Math.max(...Object.values(stages).map(({ timeoutMs }) => timeoutMs));
    this.subscription = this.store.joinGroup({
      group: SAGA_GROUP,
      types: SAGA_EVENT_TYPES,
      bufferSize: BUFFER_SIZE,
      messageTimeoutMs: longest + backOff.capMs + SLACK_MS,
      onMessage: (message) => this.take(message),
    });
  }

  /** Stops what is under way; what is not finished stays unacknowledged and goes to the next consumer. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.inFlight.close('the service is shutting down');
    await Promise.all(this.lanes.values());
    await this.poison.settled();
    await this.subscription?.stop();
  }

  private take(message: GroupMessage): void {
    if (this.stopping) return;
    const { event } = message;
    const taskId = taskIdOfStream(event.stream);
    if (taskId === null) {
      message.ack();
      return;
    }
    const heldByTask = this.held.get(taskId) ?? new Map<string, Held>();
    this.held.set(taskId, heldByTask);
    const again = heldByTask.get(event.id);
    if (again) {
      // Redelivered while we are at it: the newer delivery is the one to settle.
      again.message = message;
      return;
    }
    if (INTERRUPTS.has(event.type)) this.supersede(taskId, heldByTask, event);
    const held: Held = { message, since: this.clock.now().getTime(), superseded: false };
    heldByTask.set(event.id, held);
    const lane = (this.lanes.get(taskId) ?? Promise.resolve()).then(async () => {
      await this.handle(taskId, held);
      heldByTask.delete(event.id);
      if (heldByTask.size > 0) return;
      this.held.delete(taskId);
      this.lanes.delete(taskId);
    });
    this.lanes.set(taskId, lane);
  }

  /** What came before in the stream need not be followed any more; what came after (this being a redelivery) must be. */
  private supersede(taskId: string, heldByTask: Map<string, Held>, by: StoredEvent): void {
    const earlier = [...heldByTask.values()].filter(({ message }) => message.event.revision < by.revision);
    if (earlier.length === 0) return;
    for (const held of earlier) held.superseded = true;
    this.inFlight.abort(taskId, `overtaken by ${by.type}`);
  }

  /** Never rejects: a message ends acknowledged, parked, or (while stopping) left to the next consumer. */
  private async handle(taskId: string, held: Held): Promise<void> {
    const { event } = held.message;
    for (let handling = 1; !this.stopping;) {
      try {
        tracePoint('message.before-handle', taskId);
        if (!held.superseded) await this.follow(taskId, event, held);
        if (this.stopping) return;
        tracePoint('message.before-ack', taskId);
        held.message.ack();
        tracePoint('message.after-ack', taskId);
        return;
      } catch (error) {
        if (error instanceof SupersededError) {
          // Whoever stopped it has stored why: the task as it is now tells whether anything is left to do.
          continue;
        }
        if (isHopeless(error) || (!isPassing(error) && handling++ >= MAX_HANDLINGS)) {
          if (!(await this.giveUp(taskId, event, error))) continue;
          this.log.error({ taskId, event: event.id, type: event.type, err: error }, 'message parked');
          held.message.park(error instanceof Error ? error.message : String(error));
          parkedMessages.inc();
          return;
        }
        if (!isPassing(error))
          this.log.warn({ taskId, type: event.type, err: error }, 'handling failed, trying again');
        else this.sayAway(error);
        await this.inFlight.track(taskId, (stop) => this.clock.sleep(HANDLING_RETRY_MS, stop));
      }
    }
  }

  /**
   * That nothing more will be done is a state of the task that people see, stored before the message is parked. False when it
   * could not be stored yet. A stream that cannot be decoded takes no event: who shows the task sees that by itself.
   */
  private async giveUp(taskId: string, event: StoredEvent, error: unknown): Promise<boolean> {
    try {
      const decoded = decode(event);
      const { state } = await this.streams.refresh(taskId);
      const next = decoded && react(state, decoded);
      if (next) {
        const context = {
          correlationId: event.metadata.$correlationId ?? event.id,
          causationId: event.id,
          actor: 'saga',
        };
        await this.commands.execute(new GiveUp(taskId, next, failureOf(error), context));
      }
      if (error instanceof PoisonMessageError) await this.poison.forget(event.id);
      return true;
    } catch (failure) {
      if (failure instanceof UndecodableEventError) return true;
      if (!isPassing(failure)) {
        this.log.error({ taskId, err: failure }, 'that a message was given up could not be stored');
        return true;
      }
      this.sayAway(failure);
      await this.inFlight.track(taskId, (stop) => this.clock.sleep(HANDLING_RETRY_MS, stop));
      return false;
    }
  }

  /** An outage is told of once, whatever is held meanwhile. */
  private sayAway(error: unknown): void {
    if (this.isAway) return;
    this.isAway = true;
    this.log.warn({ err: error }, 'the event store is away: what is held is tried again until it is back');
  }

  /** What follows from the event, done. */
  private async follow(taskId: string, stored: StoredEvent, held: Held): Promise<void> {
    const event = decode(stored);
    if (event === null) return;
    const { state } = await this.streams.load(taskId, stored.revision);
    const next = react(state, event);
    if (next === null || state === null) return;
    if (held.superseded || this.stopping) return;
    const correlationId = stored.metadata.$correlationId ?? stored.id;
    await this.inFlight.track(taskId, async (stop) => {
      await this.until(next.notBefore, stop);
      await this.poison.run(
        held.message,
        stop,
        (effect) => this.bulkheads.run(state.providerId, next, stop, effect),
        () => {
          const atLeastRevision = this.isFresh(held) ? stored.revision : undefined;
          const context = { correlationId, causationId: stored.id, actor: 'saga', atLeastRevision };
          return this.stages.run({ taskId, next, context, stop }).then(() => {
            this.isAway = false;
          });
        },
      );
    });
  }

  /** Whether nobody else can have worked on the message yet. If not, the stream's end is read before anything is done. */
  private isFresh({ message, since }: Held): boolean {
    return message.retryCount === 0 && this.clock.now().getTime() - since < FRESH_MS;
  }

  /** Waits for a time (ISO 8601; at once when there is none or it is past). Rejects when stopped meanwhile. */
  private async until(time: string | undefined, stop: AbortSignal): Promise<void> {
    const ms = time === undefined ? 0 : Date.parse(time) - this.clock.now().getTime();
    if (ms > 0) await this.clock.sleep(ms, stop);
    stop.throwIfAborted();
  }
}

/** To handle the message again would come to the same, or worse. */
const isHopeless = (error: unknown): boolean =>
  error instanceof UndecodableEventError || error instanceof PoisonMessageError;

const failureOf = (error: unknown): { code: FailureCode; reason: string } => ({
  code: codeOf(error),
  reason: reasonOf(error),
});

function codeOf(error: unknown): FailureCode {
  if (error instanceof PoisonMessageError) return 'poison_message';
  // Of another stream than the task's own, which takes the failure.
  return error instanceof UndecodableEventError ? 'undecodable_event' : 'internal_error';
}

/** A failure that passes by itself: it is no sign of a bug, however often it comes. */
const isPassing = (error: unknown): boolean => error instanceof EventStoreUnavailableError;
