import { Body, Controller, Headers, HttpCode, HttpStatus, Inject, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  ApiAcceptedResponse,
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import type { Response } from 'express';
import {
  toTaskRecord,
  type SessionRecord,
  type ShowRecord,
  type TaskRecord,
} from '../../events/task/task-record.js';
import { IDEMPOTENCY_KEY, checkedKey, IdParam } from '../request-rules.js';
import { NO_FIELDS } from '../validation.js';
import { ProblemDto, SessionDto, TaskDto } from './task-record.dto.js';
import { SHOW_RECORD } from '../../platform/tokens.js';
import { ArchiveTaskCommand } from '../../commands/archive-task.js';
import type { ExecutedOnTask } from '../../commands/executor.js';
import { CreateTaskCommand, type Created } from '../../commands/create-task.js';
import { CreateTaskDto } from './create-task.dto.js';
import { KillTaskCommand } from '../../commands/kill-task.js';
import { EraseTaskCommand } from '../../commands/erase-task.js';
import { KillTaskDto } from './kill-task.dto.js';
import { RequestSessionCommand } from '../../commands/request-session.js';
import { RequestSessionDto } from './request-session.dto.js';
import { ResumeTaskCommand } from '../../commands/resume-task.js';
import { RetryTaskCommand } from '../../commands/retry-task.js';
import { WorkspaceRates } from '../../access/workspace-rates.js';
import { Allowance } from '../workspaces/allowance.js';
import { callersContext } from '../access/caller.js';
import { Needs } from '../access/needs.js';

@ApiTags('tasks')
@ApiServiceUnavailableResponse({ type: ProblemDto, description: 'The event store is away; see Retry-After.' })
@ApiBadRequestResponse({ type: ProblemDto })
@Controller('v1/tasks')
export class TasksController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(WorkspaceRates) private readonly rates: WorkspaceRates,
    @Inject(Allowance) private readonly allowance: Allowance,
    @Inject(SHOW_RECORD) private readonly show: ShowRecord,
  ) {}

  @Needs('work', 'workspace')
  @Post()
  @ApiOperation({ summary: 'Create a task. Answers as soon as it is stored; it is provisioned behind.' })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiCreatedResponse({ type: TaskDto })
  @ApiOkResponse({ type: TaskDto, description: 'The task that an earlier request with this key created.' })
  @ApiUnprocessableEntityResponse({
    type: ProblemDto,
    description: 'The key was used for another request, or the agent type is not allowed here.',
  })
  async create(
    @Body() body: CreateTaskDto,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TaskRecord> {
    const command = new CreateTaskCommand(body, checkedKey(key), callersContext());
    await this.rates.countCreate(body.workspaceId ?? 'default');
    const { task, isNew }: Created = await this.commands.execute(command);
    const record = this.show(toTaskRecord(task)!);
    response
      .status(isNew ? HttpStatus.CREATED : HttpStatus.OK)
      .setHeader('Location', `/v1/tasks/${record.taskId}`);
    return record;
  }

  @Needs('work', 'task')
  @Post(':taskId/retry')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'Go on from the failed stage. Harmless when nothing has failed.' })
  @ApiAcceptedResponse({ type: TaskDto })
  @ApiNotFoundResponse({ type: ProblemDto })
  @ApiConflictResponse({ type: ProblemDto })
  retry(
    @IdParam('taskId') taskId: string,
    @Body(NO_FIELDS) _body: unknown,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.execute(new RetryTaskCommand(taskId, callersContext()), response);
  }

  @Needs('finish', 'task')
  @Post(':taskId/archive')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'Release the sandbox and keep its files.' })
  @ApiAcceptedResponse({ type: TaskDto })
  @ApiNotFoundResponse({ type: ProblemDto })
  @ApiConflictResponse({ type: ProblemDto })
  archive(
    @IdParam('taskId') taskId: string,
    @Body() body: KillTaskDto,
    @Res({ passthrough: true }) response: Response,
  ) {
    const isKnown = (body?.keepBranch ?? false) || (body?.discardChanges ?? false);
    return this.execute(new ArchiveTaskCommand(taskId, isKnown, callersContext()), response);
  }

  @Needs('work', 'task')
  @Post(':taskId/resume')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'Bring an archived task back: the same checkout, and agents that take its sessions up again.',
  })
  @ApiAcceptedResponse({ type: TaskDto })
  @ApiNotFoundResponse({ type: ProblemDto })
  @ApiConflictResponse({ type: ProblemDto })
  resume(
    @IdParam('taskId') taskId: string,
    @Body(NO_FIELDS) _body: unknown,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.execute(new ResumeTaskCommand(taskId, callersContext()), response);
  }

  @Needs('finish', 'task')
  @Post(':taskId/kill')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'Destroy sandbox, processes and files, in whatever state the task is.' })
  @ApiAcceptedResponse({ type: TaskDto })
  @ApiNotFoundResponse({ type: ProblemDto })
  @ApiConflictResponse({ type: ProblemDto, description: 'There is work on no remote: see `work`.' })
  kill(
    @IdParam('taskId') taskId: string,
    @Body() body: KillTaskDto,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.execute(
      new KillTaskCommand(taskId, body?.keepBranch ?? false, body?.discardChanges ?? false, callersContext()),
      response,
    );
  }

  @Needs('erase', 'task')
  @Post(':taskId/erase')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary:
      'Make what people and agents said in a killed task unreadable, for good. Answers when its key is destroyed.',
  })
  @ApiAcceptedResponse({ type: TaskDto })
  @ApiNotFoundResponse({ type: ProblemDto })
  @ApiConflictResponse({ type: ProblemDto, description: 'It is not killed, or was created without a key.' })
  erase(
    @IdParam('taskId') taskId: string,
    @Body(NO_FIELDS) _body: unknown,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.execute(new EraseTaskCommand(taskId, callersContext()), response);
  }

  @Needs('work', 'task')
  @Post(':taskId/sessions')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'Ask for a further session, at any time; it is opened when the task is running.' })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiAcceptedResponse({ type: SessionDto })
  @ApiUnprocessableEntityResponse({ type: ProblemDto, description: 'The agent type is not allowed here.' })
  @ApiNotFoundResponse({ type: ProblemDto })
  @ApiConflictResponse({ type: ProblemDto })
  requestSession(
    @IdParam('taskId') taskId: string,
    @Body() body: RequestSessionDto,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<SessionRecord> {
    const command = new RequestSessionCommand(taskId, body ?? {}, checkedKey(key), callersContext());
    return this.allowance.session(taskId, () => this.commands.execute(command));
  }

  /** A command that had nothing to do is no error; a header says so. */
  private async execute(command: object, response: Response): Promise<TaskRecord> {
    const { fold, events }: ExecutedOnTask = await this.commands.execute(command);
    const record = this.show(toTaskRecord(fold)!);
    if (events.length === 0) response.setHeader('Slipway-Unchanged', `the task is ${record.status} already`);
    return record;
  }
}
