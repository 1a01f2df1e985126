import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsBoolean, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { ACTIVITIES, type Activity } from '../../events/session/session-vocabulary.js';
import { TASK_STATUSES, type TaskStatus } from '../../events/task/vocabulary.js';
import type { Page, PageOfList } from '../../projections/queries/page-cursor.js';
import type { TaskFilter } from '../../projections/queries/task-filter.js';
import { TaskDto } from './task-record.dto.js';
import { DEFAULT_LIMIT, IsLimit, IsPosition, IsTime, MIN_POSITION } from '../request-rules.js';

const MOST_AGENTS = 20;

/** One or more, separated by commas, or given several times. */
const FromCommas = Transform(({ value }) => [value].flat().flatMap((text) => String(text).split(',')));

/** Which of a workspace's tasks are meant. */
export class TaskFilterDto implements TaskFilter {
  @ApiProperty({ required: false, default: 'default' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  workspaceId: string = 'default';

  @ApiProperty({
    required: false,
    enum: TASK_STATUSES,
    enumName: 'TaskStatus',
    isArray: true,
    description: 'One or more, separated by commas.',
  })
  @IsOptional()
  @FromCommas
  @IsIn(TASK_STATUSES, { each: true, message: `status must be one or more of ${TASK_STATUSES.join(', ')}` })
  status?: TaskStatus[];

  @ApiProperty({
    required: false,
    enum: ACTIVITIES,
    enumName: 'Activity',
    isArray: true,
    description: "What the most urgent of a task's sessions is doing: one or more, separated by commas.",
  })
  @IsOptional()
  @FromCommas
  @IsIn(ACTIVITIES, { each: true, message: `activity must be one or more of ${ACTIVITIES.join(', ')}` })
  activity?: Activity[];

  @ApiProperty({
    required: false,
    type: Boolean,
    description: 'Only tasks in which nothing goes on without somebody, or only the others.',
  })
  @IsOptional()
  @Transform(({ value }) => (value === 'true' ? true : value === 'false' ? false : (value as unknown)))
  @IsBoolean({ message: 'needsYou must be true or false' })
  needsYou?: boolean;

  @ApiProperty({ required: false })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  projectId?: string;

  @ApiProperty({
    required: false,
    description:
      'Text in the title, the branch, the repository, the beginning of the prompt or the id. Case makes no difference.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  q?: string;

  @ApiProperty({
    required: false,
    isArray: true,
    type: String,
    description: 'Whose agent was asked for at the create: one or more types, separated by commas.',
    example: ['mock'],
  })
  @IsOptional()
  @FromCommas
  @ArrayMaxSize(MOST_AGENTS, { message: `agentType must be at most ${MOST_AGENTS} agent types` })
  @MaxLength(100, { each: true })
  agentType?: string[];

  @IsTime('Created then or later.')
  createdFrom?: string;

  @IsTime('Created then or earlier.')
  createdUntil?: string;

  @IsPosition(MIN_POSITION)
  minPosition?: string;
}

export class ListTasksDto extends TaskFilterDto implements PageOfList {
  @IsLimit()
  limit: number = DEFAULT_LIMIT;

  @ApiProperty({ required: false, description: 'The `next` of an earlier page.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  cursor?: string;
}

export class TaskPageDto implements Page<TaskDto> {
  @ApiProperty({ type: [TaskDto] }) items!: TaskDto[];
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The cursor of the next page; null on the last one.',
  })
  next!: string | null;
}
