import type { EventStore } from '../../store/event-store.js';
import { PROJECTIONS } from '../definitions/index.js';
import type { Projection } from '../definitions/projection.js';
import { compareVersions } from '../database/projection-versions.js';
import { readCheckpoint } from '../projector/checkpoint.js';
import { compare, type Comparison } from './compare.js';
import { holdCheckpoint } from './hold-checkpoint.js';
import { withRebuildLock } from './rebuild-lock.js';
import { RebuildSessions } from './rebuild-sessions.js';
import { Shadow } from './shadow.js';
import { replaceParked, swap } from './swap.js';

/*
 * CONTRACT of a rebuild.
 * - It fills tables beside the live ones (`<table>__rebuild`) from the events; the live ones are read and
 *   written meanwhile as ever.
 * - The shadow never goes beyond the checkpoint of the live rows. Twice it holds the checkpoint for a moment
 *   (the projector waits, readers do not) and brings the shadow to the very same position: once to compare
 *   in snapshots of that position, once to swap.
 * - The swap is one transaction. Before it the live rows are untouched; after it they are the new ones.
 * - Cut short at any moment, by Ctrl-C or kill -9, it leaves the live rows as they are. It does not resume:
 *   the next rebuild, or `verify`, throws the left-over shadow tables away and starts clean.
 * - One rebuild or verify at a time, in all replicas and CLIs together.
 */

export type RebuildPhase = 'reading' | 'indexing' | 'comparing' | 'swapping';

export interface RebuildProgress {
  readonly phase: RebuildPhase;
  /** Events read so far. */
  readonly events: number;
  /** Events there are, as far as the live rows know, roughly; rises while the log grows. */
  readonly total: number;
}

export interface RebuildOptions {
  readonly databaseUrl: string;
  readonly store: EventStore;
  /** Names of the projections; all of them by default. */
  readonly names?: readonly string[];
  readonly onProgress?: (progress: RebuildProgress) => void;
  /** Stops it before the swap; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface RebuildResult extends Comparison {
  readonly projections: readonly string[];
  /** Events read. */
  readonly events: number;
  /** Events that could not be projected. */
  readonly parked: number;
  /** Position at which live and rebuilt rows were compared. */
  readonly comparedAt: string;
  readonly swapped: boolean;
}

/** No projection has such a name. */
export class UnknownProjectionError extends Error {
  override readonly name = 'UnknownProjectionError';
}

/** Passes over what was added meanwhile, before the checkpoint is held for the rest. */
const MAX_PASSES = 20;
const FEW_EVENTS = 2_000;

/**
 * Makes the projections' rows anew, compares them with the live ones and puts them into their place. A
 * projection whose version has changed is not compared: it is meant to be different.
 */
export const rebuildProjection = (options: RebuildOptions): Promise<RebuildResult> => run(options, true);

/** Makes the rows anew, compares them with the live ones, and throws them away. */
export const verifyProjection = (options: RebuildOptions): Promise<RebuildResult> => run(options, false);

function chosen(names: readonly string[] | undefined): readonly Projection[] {
  const known = PROJECTIONS.map(({ name }) => name);
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UnknownProjectionError(`There is no projection "${unknown}"; there are: ${known.join(', ')}.`);
  return PROJECTIONS.filter(({ name }) => names === undefined || names.includes(name));
}

async function run(options: RebuildOptions, swaps: boolean): Promise<RebuildResult> {
  const wanted = chosen(options.names);
  const sessions = await RebuildSessions.open(options.databaseUrl);
  try {
    return await withRebuildLock(sessions.main, () => new Rebuild(sessions, wanted, options).run(swaps));
  } finally {
    sessions.close();
  }
}

class Rebuild {
  private readonly shadow: Shadow;
  private total = 0;

  constructor(
    private readonly sessions: RebuildSessions,
    private readonly wanted: readonly Projection[],
    private readonly options: RebuildOptions,
  ) {
    // Folding needs the folds, and they are in the tasks' rows: these are always built along.
    const built = PROJECTIONS.filter(
      (projection) => projection.name === 'tasks' || wanted.includes(projection),
    );
    this.shadow = new Shadow(sessions, options.store, built);
  }

  async run(swaps: boolean): Promise<RebuildResult> {
    await this.shadow.create();
    try {
      await this.readMostEvents();
      this.report('indexing');
      await this.shadow.index();
      const { comparedAt, ...comparison } = await this.compareAtOnePosition();
      if (swaps) await this.swapAtOnePosition();
      return {
        ...comparison,
        comparedAt: comparedAt.toString(),
        projections: this.wanted.map(({ name }) => name),
        events: this.shadow.events,
        parked: this.shadow.parked.length,
        swapped: swaps,
      };
    } finally {
      if (this.sessions.main.alive) await this.shadow.drop();
    }
  }

  private async readMostEvents(): Promise<void> {
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      await this.countTotal();
      const before = this.shadow.events;
      await this.advance((await readCheckpoint(this.sessions.main)).position);
      if (this.shadow.events - before < FEW_EVENTS) return;
    }
  }

  /** A snapshot on each connection sees both at the held position; then the live rows go on while the snapshots are compared. */
  private async compareAtOnePosition(): Promise<Comparison & { comparedAt: bigint }> {
    const { same } = await compareVersions(this.sessions.main, this.wanted);
    const comparedAt = await holdCheckpoint(this.options.databaseUrl, async (_, position) => {
      await this.advance(position);
      await this.sessions.both(async (session) => {
        await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
        await session.query('SELECT position FROM read_model');
      });
      return position;
    });
    try {
      this.report('comparing');
      return { ...(await compare(this.sessions, same)), comparedAt };
    } finally {
      await this.sessions.both((session) => session.query('COMMIT'));
    }
  }

  private async swapAtOnePosition(): Promise<void> {
    this.report('swapping');
    await holdCheckpoint(this.options.databaseUrl, async (holder, position) => {
      await this.advance(position);
      await swap(holder, this.wanted);
      if (this.wanted.length === PROJECTIONS.length)
        await replaceParked(holder, position, this.shadow.parked);
    });
  }

  private async advance(upTo: bigint): Promise<void> {
    await this.shadow.advance(upTo, () => this.report('reading'), this.options.signal);
    this.options.signal?.throwIfAborted();
  }

  private async countTotal(): Promise<void> {
    const { rows } = await this.sessions.main.query<{ total: number }>(
      `SELECT ((SELECT count(*) FROM history) + coalesce(
         (SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = to_regclass('transcript_entries')), 0))::int AS total`,
    );
    this.total = rows[0]!.total;
  }

  private report(phase: RebuildPhase): void {
    const { events } = this.shadow;
    this.options.onProgress?.({ phase, events, total: Math.max(this.total, events) });
  }
}
