import type { Db } from '../database/db.js';

/** Where the rows are: how far, and which generation of tables. A swap of tables makes a new generation. */
export interface Checkpoint {
  readonly position: bigint;
  readonly generation: bigint;
}

/** Somebody else has moved the checkpoint or swapped the tables: this projector is not the one (any more). */
export class CheckpointMovedError extends Error {
  override readonly name = 'CheckpointMovedError';
}

/** The checkpoint as it is stored. */
export async function readCheckpoint(db: Db): Promise<Checkpoint> {
  const { rows } = await db.query<{ position: string; generation: string }>(
    'SELECT position, generation FROM read_model',
  );
  return { position: BigInt(rows[0]!.position), generation: BigInt(rows[0]!.generation) };
}
