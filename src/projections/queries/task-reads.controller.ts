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
import { IdParam } from '../../http/id-param.js';
import { ProblemDto, SessionDto, TaskDto } from '../../http/task-record.dto.js';
import { GetTaskAt } from './get-task-at.js';
import { GetTaskDto, parseAt } from './get-task.dto.js';
import { GetTask } from './get-task.js';
import { HistoryPageDto, ListHistoryDto } from './list-history.dto.js';
import { ListHistory } from './list-history.js';
import { ListTasksDto, TaskPageDto } from './list-tasks.dto.js';
import { ListTasks } from './list-tasks.js';

export class SessionListDto {
  @ApiProperty({ type: [SessionDto] }) items!: SessionDto[];
}

@ApiTags('tasks')
@ApiBadRequestResponse({ type: ProblemDto })
@ApiServiceUnavailableResponse({ type: ProblemDto, description: 'See Retry-After.' })
@Controller('v1/tasks')
export class TaskReadsController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({ summary: "A workspace's tasks, newest first." })
  @ApiOkResponse({ type: TaskPageDto })
  list(@Query() filter: ListTasksDto): Promise<TaskPageDto> {
    return this.queries.execute(new ListTasks(filter));
  }

  @Get(':taskId')
  @ApiOperation({ summary: 'A task as it is now or, with `at`, as it was.' })
  @ApiOkResponse({ type: TaskDto })
  @ApiNotFoundResponse({ type: ProblemDto })
  get(@IdParam('taskId') taskId: string, @Query() { at, minPosition }: GetTaskDto): Promise<TaskDto> {
    return at === undefined
      ? this.queries.execute(new GetTask(taskId.toLowerCase(), minPosition))
      : this.queries.execute(new GetTaskAt(taskId.toLowerCase(), parseAt(at)));
  }

  @Get(':taskId/history')
  @ApiOperation({ summary: 'What happened to a task, oldest first.' })
  @ApiOkResponse({ type: HistoryPageDto })
  @ApiNotFoundResponse({ type: ProblemDto })
  history(@IdParam('taskId') taskId: string, @Query() page: ListHistoryDto): Promise<HistoryPageDto> {
    return this.queries.execute(new ListHistory(taskId.toLowerCase(), page));
  }

  @Get(':taskId/sessions')
  @ApiOperation({ summary: "A task's sessions, in the order in which they were asked for." })
  @ApiOkResponse({ type: SessionListDto })
  @ApiNotFoundResponse({ type: ProblemDto })
  async sessions(@IdParam('taskId') taskId: string): Promise<SessionListDto> {
    const { sessions } = await this.queries.execute(new GetTask(taskId.toLowerCase()));
    return { items: sessions };
  }
}
