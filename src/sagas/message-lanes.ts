import type { CommandBus } from '@nestjs/cqrs';
import type { Logger } from 'pino';
import { Counter } from 'prom-client';
import { GiveUp } from '../commands/give-up.js';
import type { ExecutedOnTask } from '../commands/executor.js';
import { UndecodableEventError } from '../events/codec.js';
import type { FailureCode } from '../events/failure-codes.js';
import { traceparentOf, type StoredEvent } from '../events/stored-event.js';
import { decode } from '../events/task/fold.js';
import { taskIdOfStream } from '../events/task/task-events.js';
import type { Task } from '../events/task/task-state.js';
import { sleepUntil, type Clock } from '../platform/clock.js';
import { SupersededError, type InFlight } from '../platform/in-flight.js';
import { reasonOf } from '../platform/reason.js';
import { tracePoint } from '../platform/trace-points.js';
import type { TaskStreams } from '../store/aggregate-streams.js';
import type { GroupMessage } from '../store/event-store.js';
import { isPassing } from './is-passing.js';
import { PoisonMessageError, type PoisonMessages } from './poison/poison-messages.js';
import type { Attempt, Due, Process } from './process.js';

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
  /** Somebody stopped it, perhaps elsewhere: what is remembered of the task is out of date. */
  stopped: boolean;
}

export interface LaneTools {
  readonly streams: TaskStreams;
  readonly commands: CommandBus;
  readonly inFlight: InFlight;
  readonly poison: PoisonMessages;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * A process's messages, a lane a task: what happens to one task happens in order; tasks do not wait for each other. Each message
 * is acknowledged when what follows from it is done, or given up where people see it and parked; a process that dies has
 * acknowledged nothing that is not done.
 */
export class MessageLanes<Next extends Due> {
  /** By task, then by event. */
  private readonly held = new Map<string, Map<string, Held>>();
  private readonly lanes = new Map<string, Promise<void>>();
  private isAway = false;

  constructor(
    private readonly process: Process<Next>,
    private readonly tools: LaneTools,
  ) {}

  take(message: GroupMessage): void {
    const { inFlight, clock } = this.tools;
    if (inFlight.isClosed) return;
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
    const held: Held = { message, since: clock.now().getTime(), superseded: false, stopped: false };
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

  /** Resolves when nothing is in hand any more: what was not finished stays unacknowledged. */
  async settled(): Promise<void> {
    await Promise.all(this.lanes.values());
  }

  /** What came before in the stream need not be followed any more; what came after (this being a redelivery) must be. */
  private supersede(taskId: string, heldByTask: Map<string, Held>, by: StoredEvent): void {
    const earlier = [...heldByTask.values()].filter(({ message }) => message.event.revision < by.revision);
    if (earlier.length === 0) return;
    for (const held of earlier) held.superseded = true;
    this.tools.inFlight.abort(taskId, `overtaken by ${by.type}`);
  }

  /** Never rejects: a message ends acknowledged, parked, or (while stopping) left to the next consumer. */
  private async handle(taskId: string, held: Held): Promise<void> {
    const { inFlight, log } = this.tools;
    const { event } = held.message;
    for (let handling = 1; !inFlight.isClosed;) {
      try {
        tracePoint('message.before-handle', taskId);
        if (!held.superseded) await this.follow(taskId, event, held);
        if (inFlight.isClosed) return;
        tracePoint('message.before-ack', taskId);
        held.message.ack();
        tracePoint('message.after-ack', taskId);
        return;
      } catch (error) {
        if (error instanceof SupersededError) {
          // Whoever stopped it has stored why: the task as it is now tells whether anything is left to do.
          held.stopped = true;
          continue;
        }
        if (isHopeless(error) || (!isPassing(error) && handling++ >= MAX_HANDLINGS)) {
          if (!(await this.giveUp(taskId, event, error))) continue;
          log.error({ taskId, event: event.id, type: event.type, err: error }, 'message parked');
          held.message.park(reasonOf(error));
          parkedMessages.inc();
          return;
        }
        if (isPassing(error)) this.sayAway(error);
        else log.warn({ taskId, type: event.type, err: error }, 'handling failed, trying again');
        await this.rest(taskId);
      }
    }
  }

  /**
   * That nothing more will be done is a state of the task that people see, stored before the message is parked. False when it
   * could not be stored yet. A stream that cannot be decoded takes no event: who shows the task sees that by itself.
   */
  private async giveUp(taskId: string, event: StoredEvent, error: unknown): Promise<boolean> {
    const { streams, commands, poison, log } = this.tools;
    try {
      const decoded = decode(event);
      const { state } = await streams.refresh(taskId);
      const next = decoded && this.process.due(state, decoded);
      if (next) await commands.execute(new GiveUp(taskId, next, failureOf(error), contextOf(event)));
      if (error instanceof PoisonMessageError) await poison.forget(event.id);
      return true;
    } catch (failure) {
      if (failure instanceof UndecodableEventError) return true;
      if (!isPassing(failure)) {
        log.error({ taskId, err: failure }, 'that a message was given up could not be stored');
        return true;
      }
      this.sayAway(failure);
      await this.rest(taskId);
      return false;
    }
  }

  private rest(taskId: string): Promise<void> {
    const { inFlight, clock } = this.tools;
    return inFlight.track(taskId, (stop) => clock.sleep(HANDLING_RETRY_MS, stop));
  }

  /** An outage is told of once, whatever is held meanwhile. */
  private sayAway(error: unknown): void {
    if (this.isAway) return;
    this.isAway = true;
    this.tools.log.warn(
      { err: error },
      'the event store is away: what is held is tried again until it is back',
    );
  }

  /**
   * What follows from the event, done; and what follows from that, until nothing is due at once. The events that this stores
   * are delivered as well, and held behind this one until the run rests: they find that nothing is due any more, or, after a
   * crash, what is.
   */
  private async follow(taskId: string, stored: StoredEvent, held: Held): Promise<void> {
    const { streams, inFlight, clock, poison } = this.tools;
    const event = decode(stored);
    if (event === null) return;
    const { state } = await (held.stopped ? streams.refresh(taskId) : streams.load(taskId, stored.revision));
    const next = this.process.due(state, event);
    if (next === null || state === null || held.superseded || inFlight.isClosed) return;
    const asOfThis = { ...contextOf(stored), atLeastRevision: stored.revision };
    if (await this.process.isKeptWaiting(state, asOfThis)) return;
    await inFlight.track(taskId, async (stop) => {
      await sleepUntil(clock, next.notBefore, stop);
      await poison.run(
        held.message,
        stop,
        (effect) => this.process.turn(state, next, stop, effect),
        () => {
          const atLeastRevision = this.isFresh(held, next, state) ? stored.revision : undefined;
          const context = { ...contextOf(stored), atLeastRevision };
          return this.runOn({ taskId, next, context, stop }, held);
        },
      );
    });
  }

  /** Makes the attempt, and those that follow from its outcome at once, in the turn that the first one has. */
  private async runOn(first: Attempt<Next>, held: Held): Promise<void> {
    for (
      let attempt: Attempt<Next> | null = first;
      attempt !== null && !held.superseded && !this.tools.inFlight.isClosed;
    ) {
      const stored: ExecutedOnTask | null = await this.process.run(attempt);
      this.isAway = false;
      attempt = stored && this.following(attempt, stored);
    }
  }

  /** The attempt that follows at once from what was stored. What has a time of its own is left to the message that says so. */
  private following(attempt: Attempt<Next>, { events, fold, eventId }: ExecutedOnTask): Attempt<Next> | null {
    for (const [index, event] of events.entries()) {
      // A task that goes on with this needs room first, which its message finds out.
      if (event.type === 'RetryRequested') return null;
      const next = this.process.due(fold.state, event);
      if (next === null) continue;
      if (next.notBefore !== undefined) return null;
      const context = { ...attempt.context, causationId: eventId(index), atLeastRevision: fold.revision };
      return { ...attempt, next, context };
    }
    return null;
  }

  /**
   * Whether what is remembered of the task will do. A message that came again or waited may have been worked on by others:
   * then the stream's end is read before anything is done. Not so where the attempt's start is still to be appended: so what
   * waits long costs no more than what does not.
   */
  private isFresh({ message, since, stopped }: Held, next: Next, task: Task): boolean {
    if (stopped || message.retryCount > 0) return false;
    return this.process.startIsAppended(next, task) || this.tools.clock.now().getTime() - since < FRESH_MS;
  }
}

const contextOf = (event: StoredEvent) => ({
  correlationId: event.metadata.$correlationId ?? event.id,
  causationId: event.id,
  actor: 'saga',
  traceparent: traceparentOf(event),
});

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
