import {
  ErrorType,
  type EventStoreDBClient,
  PersistentSubscriptionExistsError,
  PINNED,
  START,
  eventTypeFilter,
  persistentSubscriptionToAllSettingsFromDefaults,
} from '@eventstore/db-client';
import type { Logger } from 'pino';
import { pause } from '../platform/clock.js';
import { inSpan } from '../platform/spans.js';
import {
  EventStoreFullError,
  EventStoreUnavailableError,
  type AppendResult,
  type CatchUpOptions,
  type EventStore,
  type ExpectedRevision,
  type GroupOptions,
  type Subscription,
} from './event-store.js';
import type { NewEvent, StoredEvent } from '../events/stored-event.js';
import { answerWithin, batchedAcks, consume } from './stream-calls.js';
import { boundedRead } from './bounded-read.js';
import { translated, typeOf } from './client-words.js';
import { DirectAppends } from './wire/append.js';
import { join, refusal } from './wire/group.js';
import { allBackFrom, allFrom, allSince, read, streamFrom } from './wire/read.js';
import { supervise, type Connect } from './supervised.js';
import { WatchedClient } from './watched-client.js';

/** How long an append or a read may take before the store counts as unavailable, in milliseconds. */
export const DEADLINE_MS = 5_000;
/** The client's default window of 32 makes a filtered subscription slow to pass over what it does not want. */
const SEARCH_WINDOW = 500;
/** An append whose fate is not known is repeated for as long as one answer may take: a connection was cut, and is made anew. */
const REPEAT_FOR_MS = DEADLINE_MS;
const FIRST_REPEAT_MS = 100;
const LONGEST_REPEAT_MS = 400;
/** Messages that the store reads ahead of what its consumers take. */
const READ_AHEAD = 5_000;
/** The store parks a message after so many deliveries; ours are parked earlier, by the saga, with a reason. */
const MAX_DELIVERIES = 1_000;

/** The EventStore port over the official client. Only this folder imports it. */
export class EventStoreDb implements EventStore {
  private readonly connection: WatchedClient;
  private readonly appends = new DirectAppends();
  private readonly subscriptions = new Set<Subscription>();

  constructor(
    url: string,
    private readonly log: Logger,
  ) {
    this.connection = new WatchedClient(url, log);
  }

  /** The official client, as it is connected now. */
  get client(): EventStoreDBClient {
    return this.connection.current;
  }

  /** An append that was cut off may have been stored or not: it is repeated a few times, with the same event ids. */
  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    const begun = performance.now();
    for (let pauseMs = FIRST_REPEAT_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_REPEAT_MS)) {
      try {
        return await this.appendOnce(stream, events, expected);
      } catch (error) {
        const failure = translated(error, stream);
        const isLate = performance.now() - begun + pauseMs > REPEAT_FOR_MS;
        // A full disk is no cut: whoever waits is told at once.
        const wasCut =
          failure instanceof EventStoreUnavailableError && !(failure instanceof EventStoreFullError);
        if (isLate || !wasCut) throw failure;
        await pause(pauseMs);
      }
    }
  }

  /** The deadline that the client sends along is kept by the server alone: a silent connection needs one here. */
  private appendOnce(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    const attributes = { 'db.collection.name': stream, 'slipway.events': events.length };
    return inSpan({ name: 'append', kind: 'client', attributes }, () =>
      answerWithin(DEADLINE_MS, this.appends.append(this.client, stream, events, expected, DEADLINE_MS)),
    );
  }

  async *readStream(
    stream: string,
    options: { from?: bigint; limit?: number } = {},
  ): AsyncIterable<StoredEvent> {
    try {
      const call = read(this.client, streamFrom(stream, options.from, options.limit));
      for await (const messages of boundedRead(call, DEADLINE_MS)) {
        for (const message of messages) {
          if (message.kind === 'stream-not-found') return;
          if (message.kind === 'event') yield message.event;
        }
      }
    } catch (error) {
      throw translated(error, stream);
    }
  }

  async *readAll({ after, limit }: { after?: bigint; limit?: number } = {}): AsyncIterable<StoredEvent> {
    // A read from a position includes the event there.
    const isWanted = ({ position }: StoredEvent) => after === undefined || position > after;
    yield* this.ofAll(allFrom(after), isWanted, limit);
  }

  async *readAllBackwards({
    before,
    limit,
  }: { before?: bigint; limit?: number } = {}): AsyncIterable<StoredEvent> {
    const isWanted = ({ position }: StoredEvent) => before === undefined || position < before;
    yield* this.ofAll(allBackFrom(before), isWanted, limit);
  }

  private async *ofAll(
    options: Parameters<typeof read>[1],
    isWanted: (event: StoredEvent) => boolean,
    limit = Infinity,
  ): AsyncIterable<StoredEvent> {
    let left = limit;
    try {
      for await (const messages of boundedRead(read(this.client, options), DEADLINE_MS)) {
        for (const message of messages) {
          if (message.kind !== 'event' || message.event.type.startsWith('$')) continue;
          if (!isWanted(message.event)) continue;
          if (left-- <= 0) return;
          yield message.event;
        }
      }
    } catch (error) {
      throw translated(error, '$all');
    }
  }

  subscribeToAll(options: CatchUpOptions): Subscription {
    let after = options.after;
    return this.supervised(options.name, async (connected, signal) => {
      const call = await read(this.client, allSince(after, `^(${options.types.join('|')})$`, SEARCH_WINDOW));
      await consume(call, signal, async (message) => {
        if (message.kind === 'confirmation') connected();
        if (message.kind === 'event') {
          await options.onEvent(message.event);
          after = message.event.position;
        }
        if (message.kind === 'checkpoint') {
          after = message.position;
          await options.onCheckpoint?.(message.position);
        }
      });
    });
  }

  joinGroup(options: GroupOptions): Subscription {
    return this.supervised(options.group, async (connected, signal) => {
      await this.ensureGroup(options);
      const call = await join(this.client, options.group, options.bufferSize);
      const acknowledge = batchedAcks(call);
      await consume(call, signal, (response) => {
        if (response.kind === 'confirmation') connected();
        if (response.kind !== 'delivery') return;
        const { event, id, retryCount } = response;
        // Nothing follows from what is not there any more.
        if (event === null) return acknowledge(id);
        options.onMessage({
          event,
          retryCount,
          ack: () => acknowledge(id),
          // A settlement that is lost with its connection is made up for by redelivery.
          park: (reason) => call.write(refusal('park', reason, id)),
          retry: (reason) => call.write(refusal('retry', reason, id)),
        });
      });
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop()));
    await this.connection.close();
  }

  private supervised(name: string, connect: Connect): Subscription {
    const subscription = supervise(
      name,
      (connected, stop) => connect(connected, AbortSignal.any([stop, this.connection.givenUp])),
      this.log,
    );
    this.subscriptions.add(subscription);
    return subscription;
  }

  private async ensureGroup(options: GroupOptions): Promise<void> {
    const settings = persistentSubscriptionToAllSettingsFromDefaults({
      startFrom: START,
      consumerStrategyName: PINNED,
      messageTimeout: options.messageTimeoutMs,
      maxRetryCount: MAX_DELIVERIES,
      checkPointAfter: 1_000,
      checkPointLowerBound: 1,
      liveBufferSize: READ_AHEAD,
      historyBufferSize: READ_AHEAD,
      readBatchSize: 200,
    });
    const filter = eventTypeFilter({
      regex: `^(${options.types.join('|')})$`,
      maxSearchWindow: SEARCH_WINDOW,
    });
    try {
      await this.client.createPersistentSubscriptionToAll(options.group, settings, {
        filter,
        deadline: DEADLINE_MS,
      });
    } catch (error) {
      if (!(error instanceof PersistentSubscriptionExistsError)) throw error;
      await this.raiseMessageTimeout(options);
    }
  }

  /**
   * A group of an earlier start may give a message to somebody else while a stage that takes longer by now still runs. It is
   * only ever raised: what another replica needs is not taken from it. An update drops the consumers, who come back.
   */
  private async raiseMessageTimeout({ group, messageTimeoutMs }: GroupOptions): Promise<void> {
    try {
      const deadline = DEADLINE_MS;
      const { settings } = await this.client.getPersistentSubscriptionToAllInfo(group, { deadline });
      if (settings.messageTimeout >= messageTimeoutMs) return;
      const raised = { ...settings, messageTimeout: messageTimeoutMs };
      await this.client.updatePersistentSubscriptionToAll(group, raised, { deadline });
      this.log.info(
        { group, from: settings.messageTimeout, to: messageTimeoutMs },
        'message time-out raised',
      );
    } catch (error) {
      const type = typeOf(error);
      if (type !== ErrorType.ACCESS_DENIED && type !== ErrorType.UNSUPPORTED) throw error;
      this.log.warn({ group, err: error }, 'the message time-out of the group cannot be compared with ours');
    }
  }
}
