import { Body, Controller, Get, Inject, Patch } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { ChangeProjectCommand } from '../../commands/change-project.js';
import { CommandRefusedError } from '../../commands/command-refused.js';
import { NO_SETTINGS, type ProjectSettingsFold } from '../../events/project/project-state.js';
import { GetProject } from '../../projections/queries/get-project.js';
import type { ProjectRecord } from '../../projections/queries/list-projects.js';
import { ProjectStreams } from '../../store/aggregate-streams.js';
import { callersContext } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { IdParam } from '../request-rules.js';
import { ProblemDto } from '../tasks/task-record.dto.js';
import { ChangeProjectDto, ProjectWithSettingsDto } from './project-settings.dto.js';

/** What a project's new tasks get. */
@ApiTags('projects')
@ApiBadRequestResponse({ type: ProblemDto })
@ApiNotFoundResponse({ type: ProblemDto })
@ApiServiceUnavailableResponse({ type: ProblemDto, description: 'See Retry-After.' })
@Controller('v1/projects')
export class ProjectsController {
  constructor(
    @Inject(QueryBus) private readonly queries: QueryBus,
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(ProjectStreams) private readonly streams: ProjectStreams,
  ) {}

  @Needs('read', 'project')
  @Get(':projectId')
  @ApiOperation({ summary: 'A project, and what its new tasks get.' })
  @ApiOkResponse({ type: ProjectWithSettingsDto })
  async get(@IdParam('projectId') projectId: string): Promise<ProjectWithSettingsDto> {
    const project = await this.existing(projectId);
    return shown(project, (await this.streams.refresh(projectId)).state ?? NO_SETTINGS);
  }

  @Needs('manage', 'project')
  @Patch(':projectId')
  @ApiOperation({
    summary: "Change what a project's new tasks get. What is left out stays as it is; `null` clears it.",
  })
  @ApiOkResponse({ type: ProjectWithSettingsDto })
  async change(
    @IdParam('projectId') projectId: string,
    @Body() body: ChangeProjectDto,
  ): Promise<ProjectWithSettingsDto> {
    const project = await this.existing(projectId);
    const { commitAuthor, ...rest } = body;
    // A plain object, as it is read back: only so is the same author the same.
    const change = { ...rest, commitAuthor: commitAuthor && { ...commitAuthor } };
    const command = new ChangeProjectCommand(project, change, callersContext());
    return shown(project, await this.commands.execute(command));
  }

  private async existing(projectId: string): Promise<ProjectRecord> {
    const project = await this.queries.execute(new GetProject(projectId));
    if (project === null)
      throw new CommandRefusedError('project_not_found', `There is no project ${projectId}.`);
    return project;
  }
}

const shown = (project: ProjectRecord, settings: ProjectSettingsFold): ProjectWithSettingsDto => ({
  ...project,
  settings: {
    setup: settings.setup,
    env: [...(settings.env?.names ?? [])],
    agentType: settings.agentType,
    permissionPolicy: settings.permissionPolicy,
    commitAuthor: settings.commitAuthor,
    submodules: settings.submodules,
    idleStopAfter: settings.idleStopAfter,
    maxAge: settings.maxAge,
  },
});
