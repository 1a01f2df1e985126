import type { Db } from './db.js';
import type { Projection } from '../definitions/projection.js';

/** Projections by how the rows' version compares with the code's. */
export interface VersionComparison {
  readonly same: readonly Projection[];
  /** The rows were made by an earlier version, or there are none. */
  readonly changed: readonly Projection[];
  /** The rows were made by a later version. */
  readonly newer: readonly Projection[];
}

export async function compareVersions(
  db: Db,
  projections: readonly Projection[],
): Promise<VersionComparison> {
  const { rows } = await db.query<RecordedVersion>(RECORDED_VERSIONS);
  return comparison(rows, projections);
}

/** What is recorded of the projections whose rows there are. */
export const RECORDED_VERSIONS = 'SELECT name, version FROM projections';

export interface RecordedVersion {
  readonly name: string;
  readonly version: number;
}

export function comparison(
  rows: readonly RecordedVersion[],
  projections: readonly Projection[],
): VersionComparison {
  const recorded = new Map(rows.map(({ name, version }) => [name, version]));
  const where = (holds: (version: number, ours: number) => boolean) =>
    projections.filter(({ name, version }) => holds(recorded.get(name) ?? -1, version));
  return {
    same: where((version, ours) => version === ours),
    changed: where((version, ours) => version < ours),
    newer: where((version, ours) => version > ours),
  };
}
