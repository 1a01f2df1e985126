import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { ADVISORY_LOCKS } from '../../platform/advisory-locks.js';
import { traceparentOf, type StoredEvent } from '../../events/stored-event.js';
import { isTracing, noteSpan } from '../../platform/spans.js';
import { tracePoint } from '../../platform/trace-points.js';
import type { Settings } from '../../platform/settings/settings.js';
import { EventStoreUnavailableError, type EventStore } from '../../store/event-store.js';
import { EVENT_STORE, LOGGER, SETTINGS } from '../../platform/tokens.js';
import { aborted, onAbort } from '../../platform/aborts.js';
import { pause } from '../../platform/clock.js';
import { PgSession } from '../database/pg-session.js';
import { waitForLock } from '../database/wait-for-lock.js';
import { RowsDatabase } from '../database/rows-database.js';
import { PROJECTED_TYPES, PROJECTIONS } from '../definitions/index.js';
import { Feed, type Update } from '../feed/feed.js';
import { HistoryTail } from '../feed/history-tail.js';
import { BatchStatement, commitBatch, type Writer } from './commit-batch.js';
import { readCheckpoint, type Checkpoint } from './checkpoint.js';
import { Batcher } from './batcher.js';
import { Folds } from './fold-batch.js';
import * as metrics from './metrics.js';
import { ProjectionVersions } from './projection-versions.js';
import { areOfThisLog } from './same-log.js';

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 2_000;
/** So often it is made sure that the event store is the one that the rows were made from. */
const LOG_CHECK_MS = 30_000;
/** SQLSTATE: no such table. */
const UNDEFINED_TABLE = '42P01';

/** The rows' checkpoint is a position in another log than the event store's: nothing may be projected onto it. */
export class OtherLogError extends Error {
  override readonly name = 'OtherLogError';
  constructor() {
    super(
      'the rows were made from another event log than the one in this event store. Start the service with the event store that they were made from, or with an empty database: rows are made anew from the events',
    );
  }
}

export type ProjectorState = 'active' | 'standby' | 'down';

/**
 * Writes the rows. Of all replicas one projects: it holds the projector's lock and writes over the very
 * connection that holds it. Whatever goes wrong ends that session; the next one goes on from the checkpoint.
 */
@Injectable()
export class Projector implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private running?: Promise<void>;
  private current: ProjectorState;
  private complaint?: string;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(RowsDatabase) private readonly database: RowsDatabase,
    @Inject(Feed) private readonly feed: Feed,
    @Inject(HistoryTail) private readonly tail: HistoryTail,
    @Inject(ProjectionVersions) private readonly versions: ProjectionVersions,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.current = settings.roles.has('projector') ? 'down' : 'standby';
  }

  /** `active` where the rows are written, `standby` where another replica is waited for, `down` without PostgreSQL. */
  get state(): ProjectorState {
    return this.current;
  }

  /** Why nothing can be projected until somebody does something about it, or undefined. */
  get trouble(): string | undefined {
    return this.complaint;
  }

  onApplicationBootstrap(): void {
    if (this.settings.roles.has('projector')) this.running = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    await Promise.race([this.database.whenReady(), aborted(signal)]);
    let delay = FIRST_RETRY_MS;
    while (!signal.aborted) {
      const startedAt = Date.now();
      try {
        await this.session();
      } catch (error) {
        if (!signal.aborted) await this.interrupted(error, delay);
      }
      this.become('down');
      delay =
        Date.now() - startedAt > LONGEST_RETRY_MS ? FIRST_RETRY_MS : Math.min(delay * 2, LONGEST_RETRY_MS);
      await pause(delay, signal);
    }
  }

  private async interrupted(error: unknown, retryInMs: number): Promise<void> {
    if (error instanceof OtherLogError) {
      if (this.complaint === undefined) this.log.error(error.message);
      this.complaint = error.message;
      return;
    }
    this.log.warn({ err: error, retryInMs }, 'projecting was interrupted; it goes on from the checkpoint');
    // A database that is an empty one now: its rows begin anew.
    if ((error as { code?: unknown } | null)?.code !== UNDEFINED_TABLE) return;
    await this.database
      .bringUpToDate()
      .catch((cause: unknown) => this.log.warn({ err: cause }, 'the tables could not be made'));
  }

  private async session(): Promise<void> {
    const { signal } = this.stopping;
    const session = await PgSession.open(this.database.url, 'slipway-projector');
    try {
      this.become('standby');
      if (!(await this.versions.settle(session, signal))) return;
      if (!(await waitForLock(session, ADVISORY_LOCKS.projector, signal))) return;
      // Waiting may have been long: another replica may have brought another version.
      if (!(await this.versions.areOurs(session))) return;
      await this.refuseOtherLog(session);
      this.complaint = undefined;
      const checkpoint = await readCheckpoint(session);
      await this.tail.rest();
      this.become('active');
      this.log.info({ position: checkpoint.position.toString() }, 'this process projects');
      await this.project(session, checkpoint);
    } finally {
      session.close();
      this.tail.resume();
    }
  }

  /** Throws OtherLogError. While the event store is away, it is not known. */
  private async refuseOtherLog(session: PgSession): Promise<void> {
    try {
      if (await areOfThisLog(session, this.store)) return;
    } catch (error) {
      if (error instanceof EventStoreUnavailableError) return;
      throw error;
    }
    throw new OtherLogError();
  }

  /** Projects until the session or the process ends. */
  private async project(session: PgSession, from: Checkpoint): Promise<void> {
    const batcher = new Batcher();
    const subscription = this.store.subscribeToAll({
      name: 'projector',
      types: PROJECTED_TYPES,
      after: from.position > 0n ? from.position : undefined,
      onEvent: (event) => batcher.offer(event),
    });
    const end = () => batcher.end();
    // The shutdown may have begun while this process was becoming the projector.
    const cancel = onAbort(this.stopping.signal, end);
    void session.gone.then(end);
    const gauges = setInterval(() => this.measure(batcher), 1_000);
    // The next session says what is wrong.
    const logChecks = setInterval(
      () => void this.refuseOtherLog(session).catch(() => session.close()),
      LOG_CHECK_MS,
    );
    try {
      await this.commitAll(batcher, session, from);
    } finally {
      clearInterval(gauges);
      clearInterval(logChecks);
      cancel();
      batcher.end();
      await subscription.stop();
    }
  }

  private async commitAll(batcher: Batcher, session: PgSession, from: Checkpoint): Promise<void> {
    const writer: Writer = {
      db: session,
      folds: new Folds(),
      projections: PROJECTIONS,
      statement: new BatchStatement(PROJECTIONS, this.store),
    };
    let at = from;
    for (let events = await batcher.take(); events !== null; events = await batcher.take()) {
      const startedAt = performance.now();
      const begunMs = Date.now();
      tracePoint('projector.before-commit');
      for await (const { checkpoint, folded } of commitBatch(events, at, writer)) {
        tracePoint('projector.after-commit');
        for (const { stored, reason } of folded.parked)
          this.log.error(
            { position: stored.position.toString(), stream: stored.stream, reason },
            'event parked',
          );
        metrics.parkedEvents.inc(folded.parked.length);
        this.tell(at.position, checkpoint.position, folded.updates);
        at = checkpoint;
      }
      if (isTracing()) noteRows(events, begunMs);
      metrics.projectedEvents.inc(events.length);
      metrics.batchSize.observe(events.length);
      metrics.batchSeconds.observe((performance.now() - startedAt) / 1_000);
    }
  }

  /** Whoever follows must hear of every commit: a feed that is elsewhere begins anew. */
  private tell(from: bigint, to: bigint, updates: readonly Update[]): void {
    if (this.feed.publish(from, to, updates)) return;
    this.log.warn(
      { from: this.feed.position.toString(), to: from.toString() },
      'live updates were elsewhere than the rows: they go on from there',
    );
    this.feed.restart(from);
    this.feed.publish(from, to, updates);
  }

  private measure(batcher: Batcher): void {
    metrics.lagEvents.set(batcher.length);
    metrics.lagSeconds.set(batcher.oldest ? (Date.now() - batcher.oldest.getTime()) / 1_000 : 0);
    metrics.checkpointPosition.set(Number(this.feed.position));
  }

  private become(state: ProjectorState): void {
    this.current = state;
    metrics.activeProjector.set(state === 'active' ? 1 : 0);
  }
}

/** Of a batch so many events are told in their traces: it is the same time for all. */
const MOST_NOTED = 50;

/** The way of a batch into the rows, in the trace of each event that has one. */
function noteRows(events: readonly StoredEvent[], begunMs: number): void {
  const endedMs = Date.now();
  for (const event of events.slice(0, MOST_NOTED)) {
    const traceparent = traceparentOf(event);
    if (traceparent === undefined) continue;
    const attributes = { 'slipway.event': event.type, 'slipway.batch': events.length };
    noteSpan({ name: 'rows', traceparent, attributes }, begunMs, endedMs);
  }
}
