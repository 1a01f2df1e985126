import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import { limitCodec, LIMITS_STREAM, type LimitEvent } from '../events/access/limit-events.js';
import type { Clock } from '../platform/clock.js';
import type { Settings } from '../platform/settings/settings.js';
import { CLOCK, EVENT_STORE, LOGGER, SETTINGS } from '../platform/tokens.js';
import type { EventStore } from '../store/event-store.js';
import {
  decideLimits,
  evolveLimits,
  holdTasksBack,
  limitsWith,
  type AllLimits,
  type Limits,
  type LimitsWish,
  type OwnLimits,
} from './limits.js';
import { AccessStream } from './access-stream.js';
import type { AccessAuthor } from './caused-by.js';
import { Following } from './following.js';

type Listener = (workspaceIds: readonly string[]) => void;

/** The limits' stream. */
class LimitsStream extends AccessStream<AllLimits, LimitEvent> {
  protected readonly nothing: AllLimits = new Map<string, OwnLimits>();

  constructor(store: EventStore) {
    super(store, {
      codec: limitCodec,
      evolve: evolveLimits,
      streamOf: () => LIMITS_STREAM,
      workspaceOf: (_, { data }) => data.workspaceId,
      sizeOf: (all) => all.size * 200,
    });
  }
}

/** How much each workspace may have, as this process knows it: nothing that is asked waits for a store to know it. */
@Injectable()
export class WorkspaceLimits implements OnModuleInit, OnModuleDestroy {
  private readonly stream: LimitsStream;
  private readonly following: Following<AllLimits>;
  private readonly listeners = new Set<Listener>();
  private seen: AllLimits = new Map();
  private markLoaded!: () => void;
  /** Resolves when the limits have been read for the first time. */
  readonly loaded = new Promise<void>((resolve) => (this.markLoaded = resolve));

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) log: Logger,
  ) {
    this.stream = new LimitsStream(store);
    this.following = new Following(() => this.look(), 'the limits of workspaces', log);
  }

  onModuleInit(): void {
    void this.following.begin();
  }

  onModuleDestroy(): void {
    this.following.stop();
  }

  /** What holds for the workspace. */
  of(workspaceId: string): Limits {
    return limitsWith(this.settings.limits, this.ownOf(workspaceId));
  }

  /** What was set for the workspace itself. */
  ownOf(workspaceId: string): OwnLimits {
    return this.stream.known.get(workspaceId) ?? {};
  }

  /** Whether anything is limited anywhere: where not, nobody has to find out whose something is. */
  get any(): boolean {
    return this.stream.known.size > 0 || Object.values(this.settings.limits).some((limit) => limit !== null);
  }

  /** Whether the workspace's tasks are counted before they begin. */
  holdsBack(workspaceId: string): boolean {
    return holdTasksBack(this.of(workspaceId));
  }

  /** Throws what the store throws; nothing has changed then, or all of it. */
  async change(workspaceId: string, wish: LimitsWish, author: AccessAuthor): Promise<void> {
    const at = this.clock.now().toISOString();
    await this.stream.change((all) => decideLimits(all, workspaceId, wish, at), author);
    this.tell();
  }

  /** Calls with the workspaces whose limits have changed, whoever changed them, until the returned function is called. */
  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(): void {
    const { known } = this.stream;
    const changed = [...known].flatMap(([id, own]) => (this.seen.get(id) === own ? [] : [id]));
    this.seen = known;
    if (changed.length > 0) for (const listener of this.listeners) listener(changed);
  }

  private async look(): Promise<AllLimits> {
    const all = await this.stream.latest();
    this.markLoaded();
    this.tell();
    return all;
  }
}
