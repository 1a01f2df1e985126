import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A project's row, for queries. The table is declared in projects.projection.ts. */
@Entity('projects', { synchronize: false })
export class ProjectRow {
  @PrimaryColumn('text', { name: 'project_id' }) projectId!: string;
  @Column('text', { name: 'workspace_id' }) workspaceId!: string;
  @Column('text', { name: 'repo_remote' }) repoRemote!: string;
  @Column('bigint', { name: 'created_position' }) createdPosition!: string;
  @Column('bigint') position!: string;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'last_activity_at' }) lastActivityAt!: Date;
}
