import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { Logger } from 'pino';
import { newContext } from '../commands/executor.js';
import { ObservePullRequest } from '../commands/observe-pull-request.js';
import { ProviderError } from '../events/provider-error.js';
import { ADVISORY_LOCKS, tryLock } from '../platform/advisory-locks.js';
import { Background } from '../platform/background.js';
import type { Clock } from '../platform/clock.js';
import type { Settings } from '../platform/settings/settings.js';
import { CLOCK, DATABASE_URL, LOGGER, SETTINGS } from '../platform/tokens.js';
import { PgSession } from '../projections/database/pg-session.js';
import { OpenPullRequests } from '../projections/queries/open-pull-requests.js';
import { HostingBusyError } from '../repository/hosting/hosting.js';

/** So many are looked at in a round, one after the other: a host is asked little at a time. */
const MOST_IN_A_ROUND = 500;
const LIMIT_MS = 20_000;

/**
 * Looks at open pull requests now and then, behind: what their hosts say of them becomes part of their tasks. Of all processes
 * with the role api one does it; one that only projects changes no task (a log may be on its way into its store).
 */
@Injectable()
export class PullRequestWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly background = new Background();
  /** By host, until when it asked to be left alone, in milliseconds since 1970. */
  private readonly waits = new Map<string, number>();
  /** Holds the lock as long as it lives. */
  private session?: PgSession;

  constructor(
    @Inject(DATABASE_URL) private readonly databaseUrl: string,
    @Inject(QueryBus) private readonly queries: QueryBus,
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const { pullRequestsEveryS } = this.settings;
    if (pullRequestsEveryS > 0) this.background.keep(this.watch(pullRequestsEveryS * 1_000));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.background.stop();
    this.session?.close();
  }

  private async watch(everyMs: number): Promise<void> {
    const { signal } = this.background;
    while (!signal.aborted) {
      await this.clock.sleep(everyMs, signal);
      if (signal.aborted) return;
      try {
        if (await this.leads()) await this.round(signal);
      } catch (error) {
        // Rows or events that are away are told of by whoever needs them more.
        this.log.debug({ err: error }, 'open pull requests could not be looked at');
      }
    }
  }

  private async leads(): Promise<boolean> {
    if (this.session?.alive) return true;
    const session = await PgSession.open(this.databaseUrl, 'slipway-pull-requests');
    let leads = false;
    try {
      leads = await tryLock(session, ADVISORY_LOCKS.pullRequests);
    } finally {
      if (!leads) session.close();
    }
    if (leads) this.session = session;
    return leads;
  }

  private async round(signal: AbortSignal): Promise<void> {
    for (const { taskId, host } of await this.queries.execute(new OpenPullRequests(MOST_IN_A_ROUND))) {
      if (signal.aborted) return;
      const now = this.clock.now().getTime();
      if ((this.waits.get(host) ?? 0) > now) continue;
      this.waits.delete(host);
      const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
      try {
        await this.commands.execute(new ObservePullRequest(taskId, newContext('watch'), limit));
      } catch (error) {
        if (!(error instanceof ProviderError) && !limit.aborted) throw error;
        if (error instanceof HostingBusyError) this.waits.set(host, now + error.waitMs);
        this.log.debug({ taskId, err: error }, 'a pull request could not be looked at');
      }
    }
  }
}
