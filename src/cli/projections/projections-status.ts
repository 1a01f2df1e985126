import type { Client } from 'pg';
import type { EventStore } from '../../store/event-store.js';
import { compareVersions } from '../../projections/database/projection-versions.js';
import { PROJECTED_TYPES, PROJECTIONS } from '../../projections/definitions/index.js';

export interface ProjectionsReport {
  /** Position up to which the rows are. */
  readonly checkpoint: string;
  /** Events of tasks and sessions after the checkpoint; counted no further than MAX_BEHIND. */
  readonly behind: number;
  /** Replicas of the service that project or stand by to; one of them projects. */
  readonly projectors: number;
  readonly parked: number;
  readonly projections: readonly {
    readonly name: string;
    readonly version: number;
    /** How the version that made the rows compares with this one's. */
    readonly rows: 'current' | 'older' | 'newer';
    readonly tables: Readonly<Record<string, number>>;
  }[];
}

/** Behind by more than this is told as this. */
export const MAX_BEHIND = 100_000;

const TYPES: ReadonlySet<string> = new Set(PROJECTED_TYPES);

/** How far and how right the rows are. Rejects when PostgreSQL or the event store does not answer. */
export async function projectionsStatus(
  db: Client,
  store: Pick<EventStore, 'readAll'>,
): Promise<ProjectionsReport> {
  const one = async <T>(sql: string): Promise<T> => (await db.query<{ value: T }>(sql)).rows[0]!.value;
  const checkpoint = await one<string>('SELECT position AS value FROM read_model');
  const { changed, newer } = await compareVersions(db, PROJECTIONS);
  const projections: ProjectionsReport['projections'][number][] = [];
  for (const projection of PROJECTIONS) {
    const tables: Record<string, number> = {};
    for (const { name } of projection.tables)
      tables[name] = await one<number>(`SELECT count(*)::float8 AS value FROM ${db.escapeIdentifier(name)}`);
    const rows = newer.includes(projection) ? 'newer' : changed.includes(projection) ? 'older' : 'current';
    projections.push({ name: projection.name, version: projection.version, rows, tables });
  }
  return {
    checkpoint,
    behind: await behind(store, BigInt(checkpoint)),
    projectors: await one<number>(
      `SELECT count(*)::int AS value FROM pg_stat_activity WHERE application_name = 'slipway-projector' AND datname = current_database()`,
    ),
    parked: await one<number>('SELECT count(*)::int AS value FROM parked_events'),
    projections,
  };
}

async function behind(store: Pick<EventStore, 'readAll'>, checkpoint: bigint): Promise<number> {
  let count = 0;
  for await (const { type } of store.readAll(checkpoint > 0n ? { after: checkpoint } : {}))
    if (TYPES.has(type) && ++count >= MAX_BEHIND) break;
  return count;
}
