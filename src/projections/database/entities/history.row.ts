import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { EventMetadata } from '../../../events/stored-event.js';

/** An event's row, for queries. The table is declared in history.projection.ts. */
@Entity('history', { synchronize: false })
export class HistoryRow {
  @PrimaryColumn('bigint') position!: string;
  @Column('uuid', { name: 'task_id' }) taskId!: string;
  @Column('bigint') revision!: string;
  @Column('uuid', { name: 'event_id' }) eventId!: string;
  @Column('text') type!: string;
  @Column('timestamptz') time!: Date;
  @Column('jsonb') data!: Record<string, unknown>;
  @Column('jsonb') metadata!: EventMetadata;
}
