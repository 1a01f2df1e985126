import { Body, Controller, Get, HttpCode, HttpStatus, Inject, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiAcceptedResponse,
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiServiceUnavailableResponse,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { RefreshChangesCommand } from '../../commands/refresh-changes.js';
import type { ExecutedOnTask } from '../../commands/executor.js';
import { toTaskRecord, type ShowRecord, type TaskRecord } from '../../events/task/task-record.js';
import { SHOW_RECORD } from '../../platform/tokens.js';
import { GetChanges } from '../../projections/queries/get-changes.js';
import { IdParam } from '../request-rules.js';
import { parseAt } from '../tasks/get-task.dto.js';
import { ProblemDto, TaskDto } from '../tasks/task-record.dto.js';
import { NO_FIELDS } from '../validation.js';
import {
  ChangesAnswerDto,
  DiffDto,
  FileContentDto,
  FileDto,
  FolderDto,
  FolderListDto,
  GetChangesDto,
} from './changes.dto.js';
import { CheckoutViews } from './checkout-views.js';
import { sendDiff } from './send-diff.js';
import { callersContext } from '../access/caller.js';
import { Needs } from '../access/needs.js';

/** How long a look at a folder or a file may take, in milliseconds. */
const LOOK_MS = 10_000;

/** What is changed in a task's checkout, and what is in it. */
@ApiTags('changes')
@ApiBadRequestResponse({ type: ProblemDto })
@ApiNotFoundResponse({ type: ProblemDto })
@ApiServiceUnavailableResponse({ type: ProblemDto, description: 'See Retry-After.' })
@ApiConflictResponse({
  type: ProblemDto,
  description: 'There is no checkout (yet, or any more), or it cannot be read.',
})
@ApiUnprocessableEntityResponse({
  type: ProblemDto,
  description: 'The provider keeps no checkouts on this machine.',
})
@Controller('v1/tasks/:taskId')
export class ChangesController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(QueryBus) private readonly queries: QueryBus,
    @Inject(CheckoutViews) private readonly views: CheckoutViews,
    @Inject(SHOW_RECORD) private readonly show: ShowRecord,
  ) {}

  @Needs('read', 'task')
  @Get('changes')
  @ApiOperation({
    summary: 'What was changed when it was last looked at, or by then; also of a task that is over.',
  })
  @ApiOkResponse({ type: ChangesAnswerDto })
  changes(
    @IdParam('taskId') taskId: string,
    @Query() { at, minPosition }: GetChangesDto,
  ): Promise<ChangesAnswerDto> {
    return this.queries.execute(
      new GetChanges(taskId, minPosition, at === undefined ? undefined : parseAt(at)),
    );
  }

  @Needs('read', 'task')
  @Post('changes/refresh')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'Have the changes looked at again, behind.' })
  @ApiAcceptedResponse({ type: TaskDto })
  async refresh(@IdParam('taskId') taskId: string, @Body(NO_FIELDS) _body: unknown): Promise<TaskRecord> {
    const { fold }: ExecutedOnTask = await this.commands.execute(
      new RefreshChangesCommand(taskId, callersContext()),
    );
    return this.show(toTaskRecord(fold)!);
  }

  @Needs('read', 'task')
  @Get('changes/diff')
  @ApiOperation({
    summary:
      'The unified diff of what was last observed against the base, uncommitted work included. Long ones end with a line that says so.',
  })
  @ApiProduces('text/x-diff')
  @ApiOkResponse({ content: { 'text/x-diff': { schema: { type: 'string' } } } })
  diff(
    @IdParam('taskId') taskId: string,
    @Query() { path, oldPath }: DiffDto,
    @Res() response: Response,
  ): Promise<void> {
    const paths = [path, oldPath].filter((each) => each !== undefined);
    return sendDiff(response, paths.length > 0, (signal, print) =>
      this.views.diff(taskId, paths, signal, print),
    );
  }

  @Needs('read', 'task')
  @Get('files')
  @ApiOperation({ summary: 'A folder of the checkout as it is now, without .git; links are not followed.' })
  @ApiOkResponse({ type: FolderListDto })
  async files(@IdParam('taskId') taskId: string, @Query() { path = '' }: FolderDto): Promise<FolderListDto> {
    const { entries, truncated } = await this.views.list(taskId, path, AbortSignal.timeout(LOOK_MS));
    return { path, items: entries, truncated };
  }

  @Needs('read', 'task')
  @Get('files/content')
  @ApiOperation({ summary: 'A file of the checkout as it is now, at most its first MiB.' })
  @ApiOkResponse({ type: FileContentDto })
  async content(@IdParam('taskId') taskId: string, @Query() { path }: FileDto): Promise<FileContentDto> {
    return { path, ...(await this.views.content(taskId, path, AbortSignal.timeout(LOOK_MS))) };
  }
}
