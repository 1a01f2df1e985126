import { Controller, Get, Inject, NotFoundException, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { GetTask } from '../../projections/queries/get-task.js';
import { ListTranscript } from '../../projections/queries/list-transcript.js';
import { IdParam } from '../request-rules.js';
import { ProblemDto } from '../tasks/task-record.dto.js';
import { ListTranscriptDto, TranscriptPageDto } from './transcript.dto.js';
import { Needs } from '../access/needs.js';

/** What was said and done in a session: kept for ever, whatever becomes of its agent and its task. */
@ApiTags('sessions')
@ApiBadRequestResponse({ type: ProblemDto })
@ApiNotFoundResponse({ type: ProblemDto })
@ApiServiceUnavailableResponse({ type: ProblemDto, description: 'See Retry-After.' })
@Controller('v1/tasks/:taskId/sessions/:sessionId')
export class TranscriptController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Needs('read', 'task')
  @Get('transcript')
  @ApiOperation({ summary: 'What was said and done, oldest first.' })
  @ApiOkResponse({ type: TranscriptPageDto })
  async transcript(
    @IdParam('taskId') taskId: string,
    @IdParam('sessionId') sessionId: string,
    @Query() page: ListTranscriptDto,
  ): Promise<TranscriptPageDto> {
    const { sessions } = await this.queries.execute(new GetTask(taskId));
    const session = sessions.find((each) => each.sessionId === sessionId);
    if (session === undefined)
      throw new NotFoundException({ detail: 'There is no such session.', code: 'session_not_found' });
    const found = await this.queries.execute(new ListTranscript(sessionId, page));
    return { ...found, items: [...found.items], activity: session.activity };
  }
}
