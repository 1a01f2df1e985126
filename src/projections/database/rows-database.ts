import { ADVISORY_LOCKS } from '../../platform/advisory-locks.js';
import { within } from '../../platform/within.js';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import pg from 'pg';
import type { Logger } from 'pino';
import { DataSource, type EntityManager } from 'typeorm';
import { DATABASE_URL, LOGGER } from '../../platform/tokens.js';
import { HistoryRow } from './entities/history.row.js';
import { ProjectRow } from './entities/project.row.js';
import { TaskRow } from './entities/task.row.js';
import { ImpatientClient } from './impatient-client.js';
import { ReadModel1790000000000 } from './migrations/1790000000000-read-model.js';
import { installProjections } from './install-projections.js';
import { comparison, RECORDED_VERSIONS, type RecordedVersion } from './projection-versions.js';
import { explained, RowsUnavailableError } from './rows-unavailable.js';
import { PROJECTIONS } from '../definitions/index.js';
import { pause } from '../../platform/clock.js';

const CONNECT_TIMEOUT_MS = 3_000;
/** No read takes nearly as long. PostgreSQL ends one that does, and says so. */
const STATEMENT_TIMEOUT_MS = 4_000;
/** When not even that is said, the connection is dead: after an outage it may take so long to find out. */
const ANSWER_TIMEOUT_MS = 5_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;

/**
 * The rows' database. It connects behind the boot and goes on trying, for nothing that is accepted from a
 * caller waits for it; the first connection brings the schema up to date.
 */
@Injectable()
export class RowsDatabase implements OnModuleInit, OnApplicationShutdown {
  readonly source: DataSource;
  private readonly stopping = new AbortController();
  private readonly ready: Promise<void>;
  private markReady!: () => void;
  private isReady = false;
  private readonly reads = new Set<Promise<unknown>>();

  constructor(
    @Inject(DATABASE_URL) readonly url: string,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.ready = new Promise((resolve) => (this.markReady = resolve));
    this.source = new DataSource({
      type: 'postgres',
      url,
      entities: [TaskRow, ProjectRow, HistoryRow],
      migrations: [ReadModel1790000000000],
      migrationsTableName: 'migrations',
      synchronize: false,
      connectTimeoutMS: CONNECT_TIMEOUT_MS,
      poolSize: 10,
      applicationName: 'slipway-reads',
      extra: {
        Client: ImpatientClient,
        query_timeout: ANSWER_TIMEOUT_MS,
        statement_timeout: STATEMENT_TIMEOUT_MS,
        keepAlive: true,
      },
    });
  }

  onModuleInit(): void {
    void this.connect();
  }

  /** Resolves once the schema is up to date, which may be long after the boot; never when stopped before. */
  whenReady(): Promise<void> {
    return this.ready;
  }

  /**
   * Runs a read. Throws RowsUnavailableError (503) while PostgreSQL is away, or does not answer within the limit
   * (in milliseconds; as long as a statement may take unless given). Errors in our SQL come through as they are.
   */
  async read<T>(work: (manager: EntityManager) => Promise<T>, limitMs?: number): Promise<T> {
    if (!this.isReady || this.stopping.signal.aborted) throw new RowsUnavailableError();
    const read = work(this.source.manager);
    this.reads.add(read);
    const forget = () => this.reads.delete(read);
    read.then(forget, forget);
    try {
      return await (limitMs === undefined ? read : rowsWithin(limitMs, read));
    } catch (error) {
      throw await explained(error, () => this.isOurVersion());
    }
  }

  private async isOurVersion(): Promise<boolean> {
    try {
      const recorded = await this.source.query<RecordedVersion[]>(RECORDED_VERSIONS);
      return comparison(recorded, PROJECTIONS).same.length === PROJECTIONS.length;
    } catch {
      // There are no rows at all.
      return false;
    }
  }

  /** Last of all: readers have stopped, or finish now. A pool that is closed under a query never ends. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled(this.reads);
    if (this.source.isInitialized) await this.source.destroy();
  }

  private async connect(): Promise<void> {
    let delay = FIRST_RETRY_MS;
    while (!this.stopping.signal.aborted) {
      try {
        await this.bringUpToDate();
        this.isReady = true;
        this.markReady();
        return;
      } catch (error) {
        this.log.warn({ err: error, retryInMs: delay }, 'the database of the rows is not there yet');
        await pause(delay, this.stopping.signal);
        delay = Math.min(delay * 2, LONGEST_RETRY_MS);
      }
    }
  }

  /** Migrations and new projections' tables, one replica at a time. */
  async bringUpToDate(): Promise<void> {
    const guard = new pg.Client({
      connectionString: this.url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: 'slipway-schema',
    });
    guard.on('error', () => undefined);
    await guard.connect();
    try {
      await guard.query('SELECT pg_advisory_lock($1, $2)', [...ADVISORY_LOCKS.schema]);
      if (!this.source.isInitialized) await this.source.initialize();
      await this.source.runMigrations({ transaction: 'each' });
      await installProjections(guard);
    } finally {
      await guard.end();
    }
  }
}

const rowsWithin = <T>(limitMs: number, read: Promise<T>): Promise<T> =>
  within(limitMs, read, () => {
    throw new RowsUnavailableError();
  });
