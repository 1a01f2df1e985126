import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Task } from '../../../events/task/task-state.js';
import type { TaskRecord } from '../../../events/task/task-record.js';
import { toShortRecord } from '../../definitions/tasks.projection.js';

/** A task's row, for queries. The table is declared in tasks.projection.ts. */
@Entity('tasks', { synchronize: false })
export class TaskRow {
  @PrimaryColumn('uuid', { name: 'task_id' }) taskId!: string;
  @Column('text', { name: 'workspace_id' }) workspaceId!: string;
  @Column('text', { name: 'project_id' }) projectId!: string;
  @Column('text') status!: string;
  @Column('text', { nullable: true }) title!: string | null;
  @Column('text', { name: 'branch_name', nullable: true }) branchName!: string | null;
  @Column('bigint', { name: 'created_position' }) createdPosition!: string;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('bigint') position!: string;
  @Column('bigint') revision!: string;
  @Column('text', { nullable: true }) activity!: string | null;
  @Column('boolean', { name: 'needs_you' }) needsYou!: boolean;
  @Column('jsonb') state!: Task;
}

/** The record that the row holds, with the beginning of a long prompt. */
export function recordOf({ state, revision, position }: TaskRow): TaskRecord {
  return toShortRecord({ state, revision: BigInt(revision), position: BigInt(position) })!;
}
