import { Controller, Delete, Get, HttpCode, HttpStatus, Inject, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiBadRequestResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiProperty,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandRefusedError, existing } from '../../commands/command-refused.js';
import { DeleteKept } from '../../commands/delete-kept.js';
import { KeptTasks } from '../../projections/queries/kept-tasks.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { TaskStreams } from '../../store/aggregate-streams.js';
import { IdParam } from '../request-rules.js';
import { KeptRefDto, ProblemDto } from '../tasks/task-record.dto.js';
import { callersContext } from '../access/caller.js';
import { Needs } from '../access/needs.js';

const LIST_LIMIT_MS = 10_000;
/** A large history takes its time, and whoever reads it may be far away. */
const BUNDLE_LIMIT_MS = 3_600_000;

export class KeptWorkDto {
  @ApiProperty({ format: 'uuid' }) taskId!: string;
  @ApiProperty({ type: [KeptRefDto], description: 'All of them.' }) refs!: KeptRefDto[];
  @ApiProperty({ type: String, format: 'date-time', description: 'When it was kept.' }) at!: string;
}

export class KeptWorkListDto {
  @ApiProperty({ type: [KeptWorkDto] }) items!: KeptWorkDto[];
}

@ApiTags('kept')
@ApiBadRequestResponse({ type: ProblemDto })
@ApiServiceUnavailableResponse({ type: ProblemDto, description: 'See Retry-After.' })
@Controller('v1')
export class KeptController {
  constructor(
    @Inject(QueryBus) private readonly queries: QueryBus,
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(TaskStreams) private readonly streams: TaskStreams,
  ) {}

  @Needs('read', 'project')
  @Get('projects/:projectId/kept')
  @ApiOperation({ summary: 'What outlived the sandboxes of killed tasks: every tip.' })
  @ApiOkResponse({ type: KeptWorkListDto })
  async list(@IdParam('projectId') projectId: string): Promise<KeptWorkListDto> {
    const signal = AbortSignal.timeout(LIST_LIMIT_MS);
    const items: KeptWorkDto[] = [];
    for (const { taskId, providerId } of await this.queries.execute(new KeptTasks(projectId))) {
      const kept = await this.providers.get(providerId).keptWork?.(taskId, signal);
      if (kept) items.push({ taskId, refs: [...kept.refs], at: kept.at });
    }
    return { items };
  }

  @Needs('read', 'task')
  @Get('tasks/:taskId/kept/bundle')
  @ApiOperation({ summary: 'All that is kept of a task as a git bundle, from which git can fetch.' })
  @ApiProduces('application/x-git-bundle')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  @ApiNotFoundResponse({ type: ProblemDto })
  async bundle(@IdParam('taskId') taskId: string, @Res() response: Response): Promise<void> {
    const { providerId } = existing((await this.streams.shown(taskId)).state);
    const signal = AbortSignal.timeout(BUNDLE_LIMIT_MS);
    const bundle = await this.providers.get(providerId).keptBundle?.(taskId, signal);
    if (!bundle) throw new CommandRefusedError('kept_not_found', 'Nothing is kept of this task.');
    response.type('application/x-git-bundle');
    response.setHeader('Content-Disposition', `attachment; filename="${taskId}.bundle"`);
    // Cut short, the connection breaks: half a bundle is not taken for a whole one.
    await pipeline(Readable.from(bundle, { objectMode: false }), response).catch(() => response.destroy());
  }

  @Needs('finish', 'task')
  @Delete('tasks/:taskId/kept')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Give up what is kept of a task, for good.' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ type: ProblemDto })
  async delete(@IdParam('taskId') taskId: string): Promise<void> {
    await this.commands.execute(new DeleteKept(taskId, callersContext()));
  }
}
