import { Body, Controller, Get, Inject, Param, Patch, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { WorkspaceLimits } from '../../access/workspace-limits.js';
import { WORKSPACE_ID, whole } from '../../platform/text-rules.js';
import { WorkspaceRoom } from '../../projections/queries/workspace-room.js';
import { WorkspaceUsage } from '../../projections/queries/workspace-usage.js';
import { currentCaller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { ProblemDto } from '../tasks/task-record.dto.js';
import { ChangeWorkspaceDto, UsageQueryDto, WorkspaceDto, WorkspaceUsageDto } from './workspaces.dto.js';
import { workspaceIdPipe } from './workspace-id.js';

/** How much a workspace may have, and how much it has had. */
@ApiTags('workspaces')
@ApiBadRequestResponse({ type: ProblemDto })
@ApiServiceUnavailableResponse({ type: ProblemDto, description: 'See Retry-After.' })
@ApiParam({ name: 'workspaceId', schema: { type: 'string', pattern: whole(WORKSPACE_ID) } })
@Controller('v1/workspaces/:workspaceId')
export class WorkspacesController {
  constructor(
    @Inject(WorkspaceLimits) private readonly limits: WorkspaceLimits,
    @Inject(WorkspaceRoom) private readonly room: WorkspaceRoom,
    @Inject(WorkspaceUsage) private readonly usages: WorkspaceUsage,
  ) {}

  @Needs('read', 'workspace')
  @Get()
  @ApiOperation({ summary: 'How much the workspace may have.' })
  @ApiOkResponse({ type: WorkspaceDto })
  show(@Param('workspaceId', workspaceIdPipe) workspaceId: string): WorkspaceDto {
    const ownLimits = { ...this.limits.ownOf(workspaceId) };
    return { workspaceId, limits: this.limits.of(workspaceId), ownLimits };
  }

  @Needs('operate', 'workspace')
  @Patch()
  @ApiOperation({
    summary: 'Change how much the workspace may have. What it has already it keeps; tasks that wait go on.',
  })
  @ApiOkResponse({ type: WorkspaceDto })
  async change(
    @Param('workspaceId', workspaceIdPipe) workspaceId: string,
    @Body() { limits }: ChangeWorkspaceDto,
  ): Promise<WorkspaceDto> {
    await this.limits.change(workspaceId, limits, currentCaller());
    return this.show(workspaceId);
  }

  @Needs('read', 'workspace')
  @Get('usage')
  @ApiOperation({ summary: 'How much the workspace has, and has had by day, counted from what happened.' })
  @ApiOkResponse({ type: WorkspaceUsageDto })
  async usage(
    @Param('workspaceId', workspaceIdPipe) workspaceId: string,
    @Query() { days }: UsageQueryDto,
  ): Promise<WorkspaceUsageDto> {
    const [now, byDay] = await Promise.all([
      this.room.now(workspaceId),
      this.usages.byDay(workspaceId, days),
    ]);
    return { workspaceId, now, limits: this.limits.of(workspaceId), days: byDay };
  }
}
