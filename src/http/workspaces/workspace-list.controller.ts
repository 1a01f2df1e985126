import { Controller, Get, Inject, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { grantsOf, seesAll } from '../../access/permissions.js';
import { KnownWorkspaces } from '../../projections/queries/known-workspaces.js';
import type { Page } from '../../projections/queries/page-cursor.js';
import { currentCaller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { DEFAULT_LIMIT, IsLimit, IsWorkspaceId } from '../request-rules.js';
import { ProblemDto } from '../tasks/task-record.dto.js';

export class ListWorkspacesDto {
  @IsLimit()
  limit: number = DEFAULT_LIMIT;

  @ApiPropertyOptional({ description: 'The `next` of an earlier page.' })
  @IsOptional()
  @IsWorkspaceId()
  cursor?: string;
}

class KnownWorkspaceDto {
  @ApiProperty() workspaceId!: string;
}

export class WorkspacePageDto implements Page<KnownWorkspaceDto> {
  @ApiProperty({ type: [KnownWorkspaceDto] }) items!: KnownWorkspaceDto[];
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The cursor of the next page; null on the last one.',
  })
  next!: string | null;
}

/** Which workspaces there are for a caller. */
@ApiTags('workspaces')
@ApiBadRequestResponse({ type: ProblemDto })
@ApiServiceUnavailableResponse({ type: ProblemDto, description: 'See Retry-After.' })
@Controller('v1/workspaces')
export class WorkspaceListController {
  constructor(@Inject(KnownWorkspaces) private readonly known: KnownWorkspaces) {}

  @Needs('read', 'nothing')
  @Get()
  @ApiOperation({
    summary: 'The workspaces that have tasks; for who is let into some only, those, with tasks or without.',
  })
  @ApiOkResponse({ type: WorkspacePageDto })
  async list(@Query() { limit, cursor }: ListWorkspacesDto): Promise<WorkspacePageDto> {
    const caller = currentCaller();
    const ids = seesAll(caller)
      ? await this.known.page(cursor ?? '', limit + 1)
      : pageAfter(
          grantsOf(caller).map(({ workspaceId }) => workspaceId),
          cursor ?? '',
          limit + 1,
        );
    const shown = ids.slice(0, limit);
    return {
      items: shown.map((workspaceId) => ({ workspaceId })),
      next: ids.length > limit ? shown.at(-1)! : null,
    };
  }
}

const pageAfter = (ids: readonly string[], after: string, most: number): string[] =>
  [...new Set(ids)]
    .filter((id) => id > after)
    .sort()
    .slice(0, most);
