import { Controller, Get, Inject, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import {
  ApiBadRequestResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { ProblemDto } from '../tasks/task-record.dto.js';
import { ListProjectsDto, ProjectPageDto } from './list-projects.dto.js';
import { ListProjects } from '../../projections/queries/list-projects.js';
import { StageDurationsDto, StageDurationsFilterDto } from '../tasks/stage-durations.dto.js';
import { StageDurations } from '../../projections/queries/stage-durations.js';
import { Needs } from '../access/needs.js';

@ApiBadRequestResponse({ type: ProblemDto })
@ApiServiceUnavailableResponse({ type: ProblemDto, description: 'See Retry-After.' })
@Controller('v1')
export class ProjectReadsController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Needs('read', 'workspace')
  @Get('projects')
  @ApiTags('projects')
  @ApiOperation({ summary: "A workspace's projects, newest first." })
  @ApiOkResponse({ type: ProjectPageDto })
  projects(@Query() filter: ListProjectsDto): Promise<ProjectPageDto> {
    return this.queries.execute(new ListProjects(filter));
  }

  @Needs('read', 'nothing')
  @Get('stage-durations')
  @ApiTags('tasks')
  @ApiOperation({ summary: 'How long the stages have taken lately, by provider.' })
  @ApiOkResponse({ type: StageDurationsDto })
  stageDurations(@Query() { providerId }: StageDurationsFilterDto): Promise<StageDurationsDto> {
    return this.queries.execute(new StageDurations(providerId));
  }
}
