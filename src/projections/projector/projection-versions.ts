import { Inject, Injectable } from '@nestjs/common';
import type { Db } from '../database/db.js';
import type { Logger } from 'pino';
import type { EventStore } from '../../store/event-store.js';
import { EVENT_STORE, LOGGER } from '../../platform/tokens.js';
import { pause } from '../../platform/clock.js';
import { compareVersions } from '../database/projection-versions.js';
import { RowsDatabase } from '../database/rows-database.js';
import { PROJECTIONS } from '../definitions/index.js';
import { rebuildProjection, type RebuildProgress } from '../rebuild/rebuild.js';

/** While a later version's rows are in place, and while another replica rebuilds, look again after so long. */
const LOOK_AGAIN_MS = 5_000;
const REPORT_MS = 5_000;

/**
 * Sees to it that rows are written by the version that made them. What an earlier version made is rebuilt
 * first, beside the rows in use, which are read meanwhile and, if a replica of the earlier version is still
 * there, go on being written.
 */
@Injectable()
export class ProjectionVersions {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(RowsDatabase) private readonly database: RowsDatabase,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Whether the rows are of exactly the versions of this code. */
  async areOurs(db: Db): Promise<boolean> {
    return (await compareVersions(db, PROJECTIONS)).same.length === PROJECTIONS.length;
  }

  /** Rebuilds what has changed. False when this process cannot project now: come back later. */
  async settle(db: Db, signal: AbortSignal): Promise<boolean> {
    const { changed, newer } = await compareVersions(db, PROJECTIONS);
    if (newer.length > 0) {
      const names = newer.map(({ name }) => name);
      this.log.error(
        { projections: names },
        'the rows were made by a later version, so this one does not write them; to go back for good run `slipway projections rebuild` with this version',
      );
      await pause(LOOK_AGAIN_MS, signal);
      return false;
    }
    if (changed.length > 0)
      await this.rebuild(
        changed.map(({ name }) => name),
        signal,
      );
    return true;
  }

  private async rebuild(names: readonly string[], signal: AbortSignal): Promise<void> {
    this.log.info({ projections: names }, 'projections have changed: rebuilding them beside the rows in use');
    const { events } = await rebuildProjection({
      databaseUrl: this.database.url,
      store: this.store,
      names,
      signal,
      onProgress: every(REPORT_MS, (progress) => this.log.info(progress, 'rebuilding')),
    });
    this.log.info({ projections: names, events }, 'rebuilt');
  }
}

function every(ms: number, report: (progress: RebuildProgress) => void): (progress: RebuildProgress) => void {
  let last = Date.now();
  return (progress) => {
    if (Date.now() - last < ms) return;
    last = Date.now();
    report(progress);
  };
}
