import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { Gauge } from 'prom-client';
import type { Settings } from '../../platform/settings/settings.js';
import { UndecodableEventError } from '../../events/codec.js';
import { TaskStreams } from '../../store/aggregate-streams.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import type { SandboxListing } from '../../providers/sandbox-provider.js';
import { LOGGER, SETTINGS } from '../../platform/tokens.js';
import { sandboxDifference } from './sandbox-difference.js';

/** The first look comes soon after the start, when whatever an earlier crash left behind is still news. */
const FIRST_AFTER_MS = 15_000;
const LIST_LIMIT_MS = 60_000;

const orphans = new Gauge({
  name: 'slipway_orphan_sandboxes',
  help: 'Sandboxes that no live task owns, by provider; see slipway sandboxes audit',
  labelNames: ['provider'],
});

/**
 * Counts orphans every now and then. Only counts: what to do about them is for `slipway sandboxes reap`.
 * Folds come from the cache where it has them, so a look costs about as much as there are sandboxes.
 */
@Injectable()
export class OrphanMetric implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private timer?: NodeJS.Timeout;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    @Inject(TaskStreams) private readonly streams: TaskStreams,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const everyMs = this.settings.auditEveryS * 1_000;
    if (everyMs > 0) this.lookAfter(Math.min(FIRST_AFTER_MS, everyMs), everyMs);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    this.stopping.abort();
    await this.looking;
  }

  /** Counts the orphans of one provider. Rejects when the provider or the store does not answer. */
  async count(providerId: string): Promise<number> {
    const limit = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(LIST_LIMIT_MS)]);
    const list = () => this.providers.get(providerId).listSandboxes(limit);
    const candidates = new Set<string>();
    for (const listing of await list()) {
      this.stopping.signal.throwIfAborted();
      if (await this.isOrphan(providerId, listing)) candidates.add(listing.taskId);
    }
    if (candidates.size === 0) return 0;
    // What was just being destroyed is gone by now.
    return (await list()).filter(({ taskId }) => candidates.has(taskId)).length;
  }

  private async isOrphan(providerId: string, listing: SandboxListing): Promise<boolean> {
    try {
      const { state } = await this.streams.load(listing.taskId, 0n);
      return sandboxDifference(providerId, state, listing) === 'orphan';
    } catch (error) {
      // A task that cannot be read may well be alive.
      if (error instanceof UndecodableEventError) return false;
      throw error;
    }
  }

  private lookAfter(ms: number, thenEveryMs: number): void {
    this.timer = setTimeout(() => {
      this.looking = this.look().then(() => {
        if (!this.stopping.signal.aborted) this.lookAfter(thenEveryMs, thenEveryMs);
      });
    }, ms).unref();
  }

  private async look(): Promise<void> {
    for (const provider of this.providers.ids) {
      try {
        const count = await this.count(provider);
        orphans.set({ provider }, count);
        if (count > 0) this.log.warn({ provider, count }, 'orphaned sandboxes; see slipway sandboxes audit');
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.log.warn({ provider, err: error }, 'the sandboxes could not be audited');
      }
    }
  }
}
