import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import pg from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { pause } from '../platform/clock.js';
import { ADVISORY_LOCKS } from '../platform/advisory-locks.js';
import { DATABASE_URL } from '../platform/tokens.js';
import { TooManyError } from './too-many.js';
import { WorkspaceLimits } from './workspace-limits.js';

const MINUTE_S = 60;
const CONNECT_TIMEOUT_MS = 2_000;
/** Creating a task waits for PostgreSQL no longer than this; then each process counts by itself until it is back. */
const ANSWER_TIMEOUT_MS = 2_000;
const MAKE_LIMIT_MS = 20_000;
const AGAIN_MS = 1_000;
/** No projection: its rows mean nothing after a minute. */
const TABLE = 'slipway_rates';
const MAKE_TABLE = `BEGIN;
  SELECT pg_advisory_xact_lock(${ADVISORY_LOCKS.accessTables.join(', ')});
  CREATE TABLE IF NOT EXISTS ${TABLE} (key varchar(255) PRIMARY KEY, points integer NOT NULL DEFAULT 0, expire bigint);
  COMMIT`;

/** How often something is done in a workspace, counted together by all replicas, through PostgreSQL. */
@Injectable()
export class WorkspaceRates implements OnModuleInit, OnApplicationShutdown {
  private readonly pool: pg.Pool;
  private readonly stopping = new AbortController();
  private making: Promise<void> = Promise.resolve();
  /** By the number of points: a limiter has one for all of its keys. */
  private readonly limiters = new Map<number, RateLimiterPostgres>();

  constructor(
    @Inject(DATABASE_URL) url: string,
    @Inject(WorkspaceLimits) private readonly limits: WorkspaceLimits,
  ) {
    this.pool = new pg.Pool({
      connectionString: url,
      max: 4,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      idleTimeoutMillis: 10_000,
      allowExitOnIdle: true,
      application_name: 'slipway-rates',
    });
    this.pool.on('error', () => undefined);
  }

  onModuleInit(): void {
    this.making = this.makeTable();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.making;
    await this.pool.end();
  }

  /** Counts a task that is about to be created. Throws TooManyError. Asks nobody where there is no limit. */
  async countCreate(workspaceId: string): Promise<void> {
    const { createsPerMinute: most } = this.limits.of(workspaceId);
    if (most === null) return;
    try {
      if (most === 0) throw new RateLimiterRes(0, MINUTE_S * 1_000, 0, false);
      await this.limiter(most).consume(`creates/${workspaceId}`);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      throw new TooManyError(
        'too_many_creates',
        `The workspace creates at most ${most} tasks in a minute.`,
        Math.max(1, Math.ceil(refused.msBeforeNext / 1_000)),
      );
    }
  }

  /** Again and again until it is there: what is counted elsewhere meanwhile is forgotten. */
  private async makeTable(): Promise<void> {
    const { signal } = this.stopping;
    for (let isMade = false; !isMade && !signal.aborted;) {
      isMade = await this.pool
        .query({ text: MAKE_TABLE, query_timeout: MAKE_LIMIT_MS } as pg.QueryConfig)
        .then(
          () => true,
          () => false,
        );
      if (!isMade) await pause(AGAIN_MS, signal);
    }
  }

  private limiter(points: number): RateLimiterPostgres {
    let limiter = this.limiters.get(points);
    if (limiter === undefined) {
      const bounds = { points, duration: MINUTE_S, keyPrefix: 'w' };
      limiter = new RateLimiterPostgres({
        ...bounds,
        storeClient: this.pool,
        tableName: TABLE,
        tableCreated: true,
        clearExpiredByTimeout: false,
        insuranceLimiter: new RateLimiterMemory(bounds),
      });
      this.limiters.set(points, limiter);
    }
    return limiter;
  }
}
