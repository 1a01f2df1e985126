import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the projector itself keeps: how far the rows are, which projections they were made by, and the
 * events it could not project. The projections' own tables are no migration's business: they are made
 * from their declarations and, when a version changes, rebuilt from the events.
 */
export class ReadModel1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE read_model (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      position bigint NOT NULL,
      generation bigint NOT NULL
    )`);
    await runner.query(`INSERT INTO read_model (position, generation) VALUES (0, 0)`);
    await runner.query(`CREATE TABLE projections (
      name text PRIMARY KEY,
      version integer NOT NULL,
      built_at timestamptz NOT NULL DEFAULT now()
    )`);
    await runner.query(`CREATE TABLE parked_events (
      position bigint PRIMARY KEY,
      stream text NOT NULL,
      revision bigint NOT NULL,
      type text NOT NULL,
      reason text NOT NULL,
      parked_at timestamptz NOT NULL DEFAULT now()
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['parked_events', 'projections', 'read_model'])
      await runner.query(`DROP TABLE ${table}`);
  }
}
