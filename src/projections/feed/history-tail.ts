import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { MoreThan, type EntityManager } from 'typeorm';
import { withStored } from '../../events/task/fold.js';
import { taskStream } from '../../events/task/task-events.js';
import { NO_TASK, type VersionedTask } from '../../events/task/task-state.js';
import { LOGGER } from '../../platform/tokens.js';
import { HistoryRow } from '../database/entities/history.row.js';
import { pause } from '../../platform/clock.js';
import { PgSession } from '../database/pg-session.js';
import { RowsDatabase } from '../database/rows-database.js';
import { ROWS_CHANNEL } from '../projector/commit-batch.js';
import { asKept } from '../projector/fold-batch.js';
import { Feed, Update } from './feed.js';

const PAGE = 500;
const RETRY_MS = 500;
const FOLDS = 5_000;

/**
 * Feeds live updates in a process that does not project: whoever projects tells of each commit (NOTIFY), and
 * the tail then reads the history, which is committed with the rows. So nothing is pushed before it can
 * be read. While this process projects, the projector feeds and the tail rests.
 */
@Injectable()
export class HistoryTail implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly folds = new LRUCache<string, VersionedTask>({ max: FOLDS });
  private session?: PgSession;
  private resting = false;
  private pulling?: Promise<void>;
  private pullAgain = false;

  constructor(
    @Inject(RowsDatabase) private readonly database: RowsDatabase,
    @Inject(Feed) private readonly feed: Feed,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Whether PostgreSQL is there and tells of commits. */
  get connected(): boolean {
    return this.session?.alive ?? false;
  }

  onApplicationBootstrap(): void {
    void this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.session?.close();
    await this.pulling?.catch(() => undefined);
  }

  /** From now on the projector of this process feeds; first the feed is brought to where the rows are. */
  async rest(): Promise<void> {
    await this.pull();
    this.resting = true;
    this.folds.clear();
  }

  /** The projector of this process does not feed any more. */
  resume(): void {
    this.resting = false;
    this.pullSoon();
  }

  /** Brings the feed to where the rows are. */
  pull(): Promise<void> {
    this.pullAgain = true;
    this.pulling ??= this.pullWhileAsked().finally(() => (this.pulling = undefined));
    return this.pulling;
  }

  private pullSoon(): void {
    if (this.resting || this.stopping.signal.aborted) return;
    this.pull().catch((error: unknown) => this.log.warn({ err: error }, 'the history could not be read'));
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    await this.database.whenReady();
    while (!signal.aborted) {
      try {
        this.session = await PgSession.open(this.database.url, 'slipway-tail');
        if (signal.aborted) break;
        await this.session.listen(ROWS_CHANNEL, (position) => {
          if (BigInt(position) !== this.feed.position) this.pullSoon();
        });
        // What was committed while nobody listened here.
        this.pullSoon();
        await this.session.gone;
      } catch (error) {
        this.log.debug({ err: error }, 'the rows cannot be listened to');
      }
      this.session?.close();
      await pause(RETRY_MS, signal);
    }
    this.session?.close();
  }

  private async pullWhileAsked(): Promise<void> {
    while (this.pullAgain) {
      this.pullAgain = false;
      await this.database.read((manager) => this.pullPages(manager));
    }
  }

  private async pullPages(manager: EntityManager): Promise<void> {
    for (;;) {
      const [head] = await manager.query<{ position: string }[]>('SELECT position FROM read_model');
      const target = BigInt(head!.position);
      if (!this.feed.started) this.feed.start(target);
      if (target < this.feed.position) this.goBack(target);
      const from = this.feed.position;
      if (target === from) return;
      const rows = await manager.find(HistoryRow, {
        where: { position: MoreThan(from.toString()) },
        order: { position: 'ASC' },
        take: PAGE,
      });
      const updates: Update[] = [];
      for (const row of rows) {
        const update = await this.updateOf(row, manager);
        if (update !== null) updates.push(update);
      }
      const last = rows.at(-1)?.position;
      // A page that is not full holds everything that was committed when it was read: at least the target.
      const readTo = last === undefined ? target : max(BigInt(last), rows.length < PAGE ? target : 0n);
      // Refused where the feed was begun anew meanwhile: the next round reads from there.
      this.feed.publish(from, readTo, updates);
    }
  }

  /** The rows are older than those that were there before. */
  private goBack(position: bigint): void {
    this.log.warn(
      { from: this.feed.position.toString(), to: position.toString() },
      'the rows have gone back, as when a database is restored: live updates go on from there',
    );
    this.folds.clear();
    this.feed.restart(position);
  }

  private async updateOf(row: HistoryRow, manager: EntityManager): Promise<Update | null> {
    const known = this.folds.get(row.taskId) ?? NO_TASK;
    // A gap: not seen here, or seen long ago, or an event of the task was parked.
    const isNext = BigInt(row.revision) === known.revision + 1n;
    const fold = folded(isNext ? known : await this.foldBefore(row, manager), row);
    this.folds.set(row.taskId, fold);
    return Update.of(fold);
  }

  /** The fold of the task's history up to, and without, the row. */
  private async foldBefore(row: HistoryRow, manager: EntityManager): Promise<VersionedTask> {
    const earlier = await manager
      .createQueryBuilder(HistoryRow, 'h')
      .where('h.task_id = :taskId AND h.position < :position', row)
      .orderBy('h.position')
      .getMany();
    return earlier.reduce(folded, NO_TASK);
  }
}

function folded(before: VersionedTask, row: HistoryRow): VersionedTask {
  const revision = BigInt(row.revision);
  const position = BigInt(row.position);
  if (revision <= before.revision) return before;
  const stored = { ...row, stream: taskStream(row.taskId), revision, position, created: row.time };
  return asKept(withStored(before, stored).fold);
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
