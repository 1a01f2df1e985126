import { Controller, Get, Inject, NotFoundException } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { messagesOf, shortState, type ShortState } from '../../events/session/messages.js';
import { SessionStreams, TaskStreams } from '../../store/aggregate-streams.js';
import { IdParam } from '../request-rules.js';
import { Needs } from '../access/needs.js';

class SessionMessageDto {
  @ApiProperty({ enum: ['user', 'agent'] }) role!: 'user' | 'agent';
  @ApiProperty() text!: string;
  @ApiProperty({
    required: false,
    description: 'Whether something that was said is missing; the text has a note in its place.',
  })
  truncated?: boolean;
}

class SessionTranscriptDto {
  @ApiProperty({ type: [SessionMessageDto] }) messages!: SessionMessageDto[];
  @ApiProperty({ enum: ['busy', 'idle', 'dead', 'unknown'], description: 'What the agent is doing.' })
  state!: ShortState;
}

/** What was said in a session, in short: the transcript has all of it. */
@ApiTags('tasks')
@Controller('v1/tasks/:taskId/sessions/:sessionId/messages')
export class SessionMessagesController {
  constructor(
    @Inject(TaskStreams) private readonly tasks: TaskStreams,
    @Inject(SessionStreams) private readonly sessions: SessionStreams,
  ) {}

  @Needs('read', 'task')
  @Get()
  @ApiOperation({ summary: "The prompt and the agent's answers so far." })
  @ApiOkResponse({ type: SessionTranscriptDto })
  @ApiNotFoundResponse()
  async read(
    @IdParam('taskId') taskId: string,
    @IdParam('sessionId') sessionId: string,
  ): Promise<SessionTranscriptDto> {
    const { state: task } = await this.tasks.refresh(taskId);
    if (!task?.sessions.some((session) => session.sessionId === sessionId))
      throw new NotFoundException({ detail: 'There is no such session.', code: 'session_not_found' });
    const { state } = await this.sessions.refresh(sessionId);
    if (state === null) return { messages: [], state: 'unknown' };
    return { messages: messagesOf(await this.sessions.events(sessionId)), state: shortState(state) };
  }
}
