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
import { IsIn } from 'class-validator';
import { LOG_SOURCES, type LogSource } from '../../platform/sandbox-log.js';
import { GetLog } from '../../projections/queries/get-log.js';
import { Needs } from '../access/needs.js';
import { IdParam, IsPosition } from '../request-rules.js';
import { ProblemDto } from './task-record.dto.js';

export class ReadLogDto {
  @ApiProperty({
    required: false,
    enum: LOG_SOURCES,
    enumName: 'LogSource',
    default: 'agent',
    description:
      '`agent`: what agents write on standard error; `setup`: what the setup puts out; `sandbox`: all that the agent server puts out.',
  })
  @IsIn(LOG_SOURCES)
  source: LogSource = 'agent';

  @IsPosition('Only what comes after this place: the `next` of an earlier page of this log.')
  after?: string;
}

export class LogPageDto {
  @ApiProperty({ type: [String], description: 'Lines, some 64 KiB of them at most, as plain text.' })
  items!: string[];
  @ApiProperty({
    example: '4711',
    description: 'Give it as `after` to read on, also when there is nothing more yet.',
  })
  next!: string;
  @ApiProperty({ description: 'Whether there is more already.' }) more!: boolean;
  @ApiProperty({
    description:
      'The log that `after` is of was emptied, or is another one by now: this is the beginning of what there is.',
  })
  restarted!: boolean;
}

/** What the programs of a sandbox put out, as far as it is kept there: a MiB or two, and gone with the sandbox. */
@ApiTags('tasks')
@ApiBadRequestResponse({ type: ProblemDto })
@ApiNotFoundResponse({ type: ProblemDto })
@ApiServiceUnavailableResponse({ type: ProblemDto, description: 'See Retry-After.' })
@Controller('v1/tasks/:taskId/logs')
export class LogsController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Needs('read', 'task')
  @Get()
  @ApiOperation({ summary: "A page of what the sandbox's programs put out, oldest first." })
  @ApiOkResponse({ type: LogPageDto })
  async read(@IdParam('taskId') taskId: string, @Query() { source, after }: ReadLogDto): Promise<LogPageDto> {
    const page = await this.queries.execute(new GetLog(taskId, source, BigInt(after ?? 0)));
    const { lines, next, more, restarted } = page;
    return { items: [...lines], next: next.toString(), more, restarted };
  }
}
