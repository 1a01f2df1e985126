import { Inject, Injectable } from '@nestjs/common';
import { REFUSALS_STREAM } from '../events/access/refusal-events.js';
import type { StoredEvent } from '../events/stored-event.js';
import { KeyedMutex } from '../platform/keyed-mutex.js';
import type { Clock } from '../platform/clock.js';
import { CLOCK, EVENT_STORE } from '../platform/tokens.js';
import type { EventStore } from '../store/event-store.js';
import { AccessTokens } from './access-tokens.js';
import { entryOf, isFrom, type AuditEntry, type AuditFilter } from './audit-entries.js';
import { Places } from './places.js';
import { TooManyError } from './too-many.js';

/** Events that one page looks at, at most, and for how long in milliseconds: the next page goes on from there. */
const MOST_EVENTS = 10_000;
const MOST_MS = 2_000;
/** Clocks of several stores differ by less, in milliseconds: what is older than that ends a page. */
const CLOCKS_MS = 60_000;
/** So many may wait for the log, which is read for one at a time. */
const MOST_WAITING = 20;
const RETRY_AFTER_S = 5;

/** Which part of the log, in which order: newest first from its end or from before a position, oldest first after one. */
export interface AuditWish extends AuditFilter {
  readonly after?: bigint;
  readonly before?: bigint;
  readonly limit: number;
  /** Whether the one who asks may see what was done in a workspace; null for what is of none. */
  readonly maySee: (workspaceId: string | null) => boolean;
}

export interface AuditPage {
  readonly items: AuditEntry[];
  /** Where the next page goes on in the same order; null when there is no more. */
  readonly next: bigint | null;
}

/** Who did what and what was refused, as the log has it. Each page costs so much and no more, whatever is looked for. */
@Injectable()
export class Audit {
  private readonly turns = new KeyedMutex();
  private waiting = 0;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(Places) private readonly places: Places,
    @Inject(AccessTokens) private readonly tokens: AccessTokens,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws TooManyError, EventStoreUnavailableError, and EventStoreRefusedError for a position that is none. */
  async page(wish: AuditWish): Promise<AuditPage> {
    if (this.waiting >= MOST_WAITING)
      throw new TooManyError('too_many_requests', 'The log is being read for many already.', RETRY_AFTER_S);
    this.waiting++;
    try {
      return await this.turns.run('log', new AbortController().signal, () => this.read(wish));
    } finally {
      this.waiting--;
    }
  }

  private async read(wish: AuditWish): Promise<AuditPage> {
    const { after, before, limit } = wish;
    const isForwards = after !== undefined;
    const events = isForwards ? this.store.readAll({ after }) : this.store.readAllBackwards({ before });
    const end = this.clock.now().getTime() + MOST_MS;
    const items: AuditEntry[] = [];
    let looked = 0;
    for await (const event of events) {
      const ms = event.created.getTime();
      const isOver = isForwards
        ? wish.until !== undefined && ms > wish.until.getTime() + CLOCKS_MS
        : wish.from !== undefined && ms < wish.from.getTime() - CLOCKS_MS;
      if (isOver) break;
      const entry = await this.wanted(event, wish);
      if (entry !== null) items.push(entry);
      if (items.length >= limit || ++looked >= MOST_EVENTS || this.clock.now().getTime() > end)
        return { items, next: event.position };
    }
    return { items, next: null };
  }

  /** The entry of an event that the wish is for, or null. Where it happened is found out last: that may take a look. */
  private async wanted(event: StoredEvent, wish: AuditWish): Promise<AuditEntry | null> {
    const entry = entryOf(event);
    if (entry === null || !isFrom(entry, wish)) return null;
    const workspaceId = await this.workspaceOf(event, entry);
    if (wish.workspaceId !== undefined && workspaceId !== wish.workspaceId) return null;
    return wish.maySee(workspaceId) ? { ...entry, workspaceId } : null;
  }

  private async workspaceOf({ stream, data }: StoredEvent, entry: AuditEntry): Promise<string | null> {
    const { workspaceId } = (data ?? {}) as { workspaceId?: unknown };
    if (typeof workspaceId === 'string') return workspaceId;
    const { kind, id } = entry.subject ?? {};
    if (kind === 'token') return this.tokens.known.get(id!)?.workspaceId ?? null;
    if (stream === REFUSALS_STREAM) return null;
    return (await this.places.ofStream(stream))?.workspaceId ?? null;
  }
}
