import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { RowsDatabase } from '../database/rows-database.js';
import type { Stage } from '../../events/task/vocabulary.js';

/** How many of the last finished stages durations are taken from. */
const SAMPLE = 4_000;

/** Taken from the last `count` times; half of them took no longer than `p50Ms`, nine in ten than `p90Ms`. */
export interface StageDuration {
  readonly providerId: string;
  readonly stage: Stage;
  readonly count: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
}

/** How long stages have taken lately: what the waiting is likely to be. */
export class StageDurations extends Query<{ items: StageDuration[] }> {
  constructor(readonly providerId?: string) {
    super();
  }
}

@QueryHandler(StageDurations)
export class StageDurationsHandler implements IQueryHandler<StageDurations> {
  constructor(@Inject(RowsDatabase) private readonly database: RowsDatabase) {}

  async execute({ providerId }: StageDurations): Promise<{ items: StageDuration[] }> {
    const items = await this.database.read((manager) =>
      manager.query<StageDuration[]>(
        `WITH last AS (
           SELECT provider_id, stage, extract(epoch FROM ended_at - started_at)::float8 * 1000 AS ms
           FROM stage_durations
           WHERE ended_at IS NOT NULL AND started_at IS NOT NULL AND ($1::text IS NULL OR provider_id = $1)
           ORDER BY position DESC LIMIT $2
         )
         SELECT provider_id AS "providerId", stage, count(*)::int AS count,
           round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms))::float8 AS "p50Ms",
           round(percentile_cont(0.9) WITHIN GROUP (ORDER BY ms))::float8 AS "p90Ms"
         FROM last GROUP BY provider_id, stage ORDER BY provider_id, stage`,
        [providerId ?? null, SAMPLE],
      ),
    );
    return { items };
  }
}
