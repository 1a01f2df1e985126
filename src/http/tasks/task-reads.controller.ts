import { Controller, Get, Inject, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { ShowRecord } from '../../events/task/task-record.js';
import { IdParam } from '../request-rules.js';
import { ProblemDto, SessionDto, TaskDto } from './task-record.dto.js';
import { WorkspaceRoom } from '../../projections/queries/workspace-room.js';
import { SHOW_RECORD } from '../../platform/tokens.js';
import { GetTaskAt } from '../../projections/queries/get-task-at.js';
import { GetTaskDto, parseAt } from './get-task.dto.js';
import { GetTask } from '../../projections/queries/get-task.js';
import { HistoryPageDto, ListHistoryDto } from './list-history.dto.js';
import { ListHistory } from '../../projections/queries/list-history.js';
import { CountTasks } from '../../projections/queries/count-tasks.js';
import { ListTasksDto, TaskFilterDto, TaskPageDto } from './list-tasks.dto.js';
import { TaskCountsDto } from './task-counts.dto.js';
import { ListTasks } from '../../projections/queries/list-tasks.js';
import { Needs } from '../access/needs.js';

export class SessionListDto {
  @ApiProperty({ type: [SessionDto] }) items!: SessionDto[];
}

@ApiTags('tasks')
@ApiBadRequestResponse({ type: ProblemDto })
@ApiServiceUnavailableResponse({ type: ProblemDto, description: 'See Retry-After.' })
@Controller('v1/tasks')
export class TaskReadsController {
  constructor(
    @Inject(QueryBus) private readonly queries: QueryBus,
    @Inject(WorkspaceRoom) private readonly room: WorkspaceRoom,
    @Inject(SHOW_RECORD) private readonly show: ShowRecord,
  ) {}

  @Needs('read', 'workspace')
  @Get()
  @ApiOperation({ summary: "A workspace's tasks, newest first." })
  @ApiOkResponse({ type: TaskPageDto })
  async list(@Query() filter: ListTasksDto): Promise<TaskPageDto> {
    const { items, next } = await this.queries.execute(new ListTasks(filter));
    return { items: (await this.room.placed(items)).map(this.show), next };
  }

  @Needs('read', 'workspace')
  @Get('counts')
  @ApiOperation({ summary: "How many of a workspace's tasks there are, by status and agent." })
  @ApiOkResponse({ type: TaskCountsDto })
  counts(@Query() filter: TaskFilterDto): Promise<TaskCountsDto> {
    return this.queries.execute(new CountTasks(filter));
  }

  @Needs('read', 'task')
  @Get(':taskId')
  @ApiOperation({ summary: 'A task as it is now or, with `at`, as it was.' })
  @ApiOkResponse({ type: TaskDto })
  @ApiNotFoundResponse({ type: ProblemDto })
  async get(@IdParam('taskId') taskId: string, @Query() { at, minPosition }: GetTaskDto): Promise<TaskDto> {
    // As it was, it is shown with the place of then.
    if (at !== undefined) return this.queries.execute(new GetTaskAt(taskId.toLowerCase(), parseAt(at)));
    const record = await this.queries.execute(new GetTask(taskId.toLowerCase(), minPosition));
    const [placed] = await this.room.placed([record]);
    return this.show(placed!);
  }

  @Needs('read', 'task')
  @Get(':taskId/history')
  @ApiOperation({ summary: 'What happened to a task, oldest first.' })
  @ApiOkResponse({ type: HistoryPageDto })
  @ApiNotFoundResponse({ type: ProblemDto })
  history(@IdParam('taskId') taskId: string, @Query() page: ListHistoryDto): Promise<HistoryPageDto> {
    return this.queries.execute(new ListHistory(taskId.toLowerCase(), page));
  }

  @Needs('read', 'task')
  @Get(':taskId/sessions')
  @ApiOperation({ summary: "A task's sessions, in the order in which they were asked for." })
  @ApiOkResponse({ type: SessionListDto })
  @ApiNotFoundResponse({ type: ProblemDto })
  async sessions(@IdParam('taskId') taskId: string): Promise<SessionListDto> {
    const { sessions } = await this.queries.execute(new GetTask(taskId.toLowerCase()));
    return { items: sessions };
  }
}
