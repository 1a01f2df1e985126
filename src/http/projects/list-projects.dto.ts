import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import type { ProjectFilter, ProjectRecord } from '../../projections/queries/list-projects.js';
import type { Page } from '../../projections/queries/page-cursor.js';
import { DEFAULT_LIMIT, IsLimit, IsPosition, MIN_POSITION } from '../request-rules.js';

export class ListProjectsDto implements ProjectFilter {
  @ApiProperty({ required: false, default: 'default' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  workspaceId: string = 'default';

  @IsLimit()
  limit: number = DEFAULT_LIMIT;

  @ApiProperty({ required: false, description: 'The `next` of an earlier page.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  cursor?: string;

  @IsPosition(MIN_POSITION)
  minPosition?: string;
}

export class ProjectDto implements ProjectRecord {
  @ApiProperty({ format: 'uuid' }) projectId!: string;
  @ApiProperty() workspaceId!: string;
  @ApiProperty() repoRemote!: string;
  @ApiProperty() taskCount!: number;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) lastActivityAt!: string;
}

export class ProjectPageDto implements Page<ProjectRecord> {
  @ApiProperty({ type: [ProjectDto] }) items!: ProjectDto[];
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The cursor of the next page; null on the last one.',
  })
  next!: string | null;
}
