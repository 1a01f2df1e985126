import { Body, Controller, Get, Headers, HttpCode, HttpStatus, Inject, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  ApiAcceptedResponse,
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { existing } from '../../commands/command-refused.js';
import { RequestActionCommand } from '../../commands/request-action.js';
import { ObservePullRequest } from '../../commands/observe-pull-request.js';
import {
  toActionRecord,
  toTaskRecord,
  type ActionRecord,
  type ShowRecord,
  type TaskRecord,
} from '../../events/task/task-record.js';
import type { VersionedTask } from '../../events/task/task-state.js';
import { SHOW_RECORD } from '../../platform/tokens.js';
import { TaskStreams } from '../../store/aggregate-streams.js';
import { IDEMPOTENCY_KEY, checkedKey, IdParam } from '../request-rules.js';
import { ActionListDto, RequestPullRequestDto, RequestPushDto } from './request-action.dto.js';
import { NO_FIELDS } from '../validation.js';
import { ActionDto, ProblemDto, TaskDto } from './task-record.dto.js';
import { callersContext } from '../access/caller.js';
import { Needs } from '../access/needs.js';

const REFRESH_LIMIT_MS = 20_000;
const ACCEPTED = {
  type: ActionDto,
  description:
    'The action; the one that is under way, if there is one of the kind. It is carried out behind.',
};

@ApiTags('actions')
@ApiServiceUnavailableResponse({ type: ProblemDto, description: 'The event store is away; see Retry-After.' })
@ApiBadRequestResponse({ type: ProblemDto })
@ApiNotFoundResponse({ type: ProblemDto })
@Controller('v1/tasks')
export class ActionsController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(TaskStreams) private readonly streams: TaskStreams,
    @Inject(SHOW_RECORD) private readonly show: ShowRecord,
  ) {}

  @Needs('finish', 'task')
  @Post(':taskId/push')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: "Push the task's branch to its remote." })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiAcceptedResponse(ACCEPTED)
  @ApiConflictResponse({ type: ProblemDto })
  push(
    @IdParam('taskId') taskId: string,
    @Body() body: RequestPushDto,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<ActionRecord> {
    return this.commands.execute(
      new RequestActionCommand(taskId, pushOf(body), null, checkedKey(key), callersContext()),
    );
  }

  @Needs('finish', 'task')
  @Post(':taskId/pull-request')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'Push the branch, then open a pull request of it, or find the open one.' })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiAcceptedResponse(ACCEPTED)
  @ApiConflictResponse({ type: ProblemDto })
  pullRequest(
    @IdParam('taskId') taskId: string,
    @Body() body: RequestPullRequestDto,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<ActionRecord> {
    const { title, body: text, draft = false, base } = body ?? {};
    const wish = { title: title || null, body: text ?? null, draft, base: base || null };
    return this.commands.execute(
      new RequestActionCommand(taskId, pushOf(body), wish, checkedKey(key), callersContext()),
    );
  }

  @Needs('read', 'task')
  @Post(':taskId/pull-request/refresh')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'Look at the pull request at its host now. It is looked at by itself now and then.',
  })
  @ApiAcceptedResponse({ type: TaskDto, description: 'The task, with the pull request as it is.' })
  @ApiConflictResponse({ type: ProblemDto })
  async refresh(@IdParam('taskId') taskId: string, @Body(NO_FIELDS) _body: unknown): Promise<TaskRecord> {
    const signal = AbortSignal.timeout(REFRESH_LIMIT_MS);
    const context = callersContext();
    const task: VersionedTask = await this.commands.execute(new ObservePullRequest(taskId, context, signal));
    return this.show(toTaskRecord(task)!);
  }

  @Needs('read', 'task')
  @Get(':taskId/actions')
  @ApiOperation({ summary: "What was asked to be done with the task's work, newest first: the last 20." })
  @ApiOkResponse({ type: ActionListDto })
  async actions(@IdParam('taskId') taskId: string): Promise<ActionListDto> {
    const task = existing((await this.streams.shown(taskId)).state);
    return { items: task.actions.map((action) => toActionRecord(task, action)).reverse() };
  }
}

const pushOf = ({ message, includeUncommitted = true, force = false }: RequestPushDto = {}) => ({
  message: message || null,
  includeUncommitted,
  force,
});
