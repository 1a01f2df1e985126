import { randomUUID } from 'node:crypto';
import {
  BACKWARDS,
  END,
  type JSONRecordedEvent,
  PersistentSubscriptionDoesNotExistError,
} from '@eventstore/db-client';
import type { CatchUpOptions, ExpectedRevision, Subscription } from './event-store.js';
import type { Logger } from 'pino';
import type { NewEvent, StoredEvent } from '../events/stored-event.js';
import { leave } from './bounded-read.js';
import { DEADLINE_MS, EventStoreDb } from './eventstore-db.js';
import { SealedEvents } from './sealed-events.js';
import { toStored, translated } from './client-words.js';

/** A message that a group has given up. The store keeps it as a link in a stream of its own. */
export interface ParkedMessage {
  /** Its number in the group's parked stream; rises with time. */
  readonly number: bigint;
  /** The event itself, or null when it is not there any more. */
  readonly event: StoredEvent | null;
  /** As the consumer said when it parked, or the store when it gave up; empty when the store does not know. */
  readonly reason: string;
  readonly parkedAt: Date;
}

/** Any type but those of the store's own events. The filter is a regular expression over types. */
const NOT_SYSTEM = '[^$].*';
/** Events looked at for the last ones that are not the store's own. */
const LOOK_BACK = 10_000;

const parkedStream = (group: string): string => `$persistentsubscription-$all::${group}-parked`;

/** What people who run the service need of the event store, beyond what the service itself does. */
export class OperatorsStore extends SealedEvents {
  private readonly db: EventStoreDb;
  private sealing: Promise<unknown> = Promise.resolve();

  /** @param keysDir where the keys of tasks are, or null: then what tasks say cannot be read where it is sealed */
  constructor(url: string, log: Logger, keysDir: string | null = null) {
    const db = new EventStoreDb(url, log);
    super(db, keysDir);
    this.db = db;
  }

  /** One after the other: what is copied is sent in the order of the log, whatever has to be looked up for some of it. */
  protected override sealed(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<readonly NewEvent[]> {
    const next = this.sealing.then(() => super.sealed(stream, events, expected));
    this.sealing = next.catch(() => undefined);
    return next;
  }

  /** Events that are copied may have been copied before, with another key then. */
  protected override async mayExist(stream: string): Promise<boolean> {
    for await (const _ of this.db.readStream(stream, { limit: 1 })) return true;
    return false;
  }

  /** Commit position of the last event of the log, the store's own included; 0n for an empty log. */
  async headPosition(): Promise<bigint> {
    try {
      const last = this.db.client.readAll({
        direction: BACKWARDS,
        fromPosition: END,
        maxCount: 1,
        deadline: DEADLINE_MS,
      });
      let position = 0n;
      for await (const { event } of last) position = event?.position.commit ?? position;
      return position;
    } catch (error) {
      throw translated(error, '$all');
    }
  }

  /** The last events of a stream, or of the whole log, oldest first; of those that are wanted. */
  async lastEvents(
    limit: number,
    stream?: string,
    isWanted: (event: StoredEvent) => boolean = () => true,
  ): Promise<StoredEvent[]> {
    const backwards = { direction: BACKWARDS, fromRevision: END, fromPosition: END } as const;
    const events =
      stream === undefined
        ? this.db.client.readAll({ ...backwards, maxCount: LOOK_BACK })
        : this.db.client.readStream(stream, { ...backwards, maxCount: limit });
    const last: StoredEvent[] = [];
    try {
      for await (const { event } of events) {
        if (!event || (stream === undefined && event.type.startsWith('$'))) continue;
        const stored = this.opened(toStored(event as JSONRecordedEvent));
        if (!isWanted(stored) || last.push(stored) < limit) continue;
        leave(events);
        break;
      }
    } catch (error) {
      if (!isStreamNotFound(error)) throw translated(error, stream ?? '$all');
    }
    return last.reverse();
  }

  /** Everything after a position, then on live; see `subscribeToAll`. */
  follow(options: Omit<CatchUpOptions, 'types'>): Subscription {
    return this.subscribeToAll({ ...options, types: [NOT_SYSTEM] });
  }

  /** The groups on `$all` that have consumers at this moment: somebody works on this store. */
  async groupsAtWork(): Promise<string[]> {
    try {
      const groups = await this.db.client.listPersistentSubscriptionsToAll({ deadline: DEADLINE_MS });
      return groups.filter(({ connections }) => connections.length > 0).map(({ groupName }) => groupName);
    } catch (error) {
      if (error instanceof PersistentSubscriptionDoesNotExistError) return [];
      throw translated(error, '$all');
    }
  }

  /** The parked messages of a group on `$all`, oldest first. */
  async *parked(group: string): AsyncIterable<ParkedMessage> {
    try {
      for await (const { event, link } of this.db.client.readStream(parkedStream(group), {
        resolveLinkTos: true,
      })) {
        if (!link) continue;
        yield {
          number: link.revision,
          event: event ? this.opened(toStored(event as JSONRecordedEvent)) : null,
          reason: reasonOf(link.metadata),
          parkedAt: link.created,
        };
      }
    } catch (error) {
      if (!isStreamNotFound(error)) throw translated(error, parkedStream(group));
    }
  }

  /** Has all parked messages of the group delivered again, oldest first. */
  async replayParked(group: string): Promise<void> {
    try {
      await this.db.client.replayParkedMessagesToAll(group, { deadline: DEADLINE_MS });
    } catch (error) {
      throw translated(error, parkedStream(group));
    }
  }

  /**
   * Takes the group's parked messages up to and including a number out of its parked stream, for good.
   * Throws WrongExpectedRevisionError when that stream is being replayed at the same moment: do it again.
   */
  async discardParked(group: string, upTo: bigint): Promise<void> {
    const metastream = `$$${parkedStream(group)}`;
    // Not the client's getStreamMetadata: as the revision it answers a position.
    const [last] = await this.lastEvents(1, metastream);
    const data = { ...(last?.data as object | undefined), $tb: Number(upTo) + 1 };
    const event = { id: randomUUID(), type: '$metadata', data, metadata: {} };
    await this.append(metastream, [event], last?.revision ?? 'no_stream');
  }
}

const isStreamNotFound = (error: unknown): boolean =>
  (error as { type?: unknown } | null)?.type === 'stream-not-found';

/** What the store puts before the reason that the consumer gave; older embedded nodes put nothing. */
const SAID_BY_CONSUMER = /^Client explicitly NAK'ed message\.\r?\n/;

/** The bare reason. Stores differ in how they spell the field. */
function reasonOf(metadata: unknown): string {
  if (typeof metadata !== 'object' || metadata === null) return '';
  const { reason, Reason } = metadata as { reason?: unknown; Reason?: unknown };
  return String(reason ?? Reason ?? '').replace(SAID_BY_CONSUMER, '');
}
