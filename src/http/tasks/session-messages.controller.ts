import { Controller, Get, Inject, NotFoundException } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { CommandBus } from '@nestjs/cqrs';
import { messagesOf, shortState } from '../../events/session/messages.js';
import { SessionStreams } from '../../store/session-streams.js';
import { TaskStreams } from '../../store/task-streams.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import type { SessionTranscript } from '../../providers/sandbox-provider.js';
import { ProviderError } from '../../events/provider-error.js';
import { IdParam } from '../id-param.js';
import { newContext } from '../../commands/command-context.js';
import { ReportDeadSessionCommand } from '../../commands/report-dead-session.js';

/** How long a provider may take to tell, in milliseconds. */
const LIMIT_MS = 10_000;

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
  state!: SessionTranscript['state'];
}

/**
 * What was said in a session, in short: the transcript has all of it. Sessions that an earlier version opened have none;
 * of those the provider is asked.
 */
@ApiTags('tasks')
@Controller('v1/tasks/:taskId/sessions/:sessionId/messages')
export class SessionMessagesController {
  constructor(
    @Inject(TaskStreams) private readonly streams: TaskStreams,
    @Inject(SessionStreams) private readonly sessions: SessionStreams,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(CommandBus) private readonly commands: CommandBus,
  ) {}

  @Get()
  @ApiOperation({ summary: "The prompt and the agent's answers so far." })
  @ApiOkResponse({ type: SessionTranscriptDto })
  @ApiNotFoundResponse()
  async read(
    @IdParam('taskId') taskId: string,
    @IdParam('sessionId') sessionId: string,
  ): Promise<SessionTranscript> {
    const { state: task } = await this.streams.refresh(taskId);
    const session = task?.sessions.find((s) => s.sessionId === sessionId);
    if (!task || !session)
      throw new NotFoundException({ detail: 'There is no such session.', code: 'session_not_found' });
    if (session.worksInStream || session.summary !== null) {
      const { state } = await this.sessions.refresh(sessionId);
      const events = await this.sessions.events(sessionId);
      return { messages: messagesOf(events), state: state === null ? 'unknown' : shortState(state) };
    }
    const opened = session.state === 'ready' || session.state === 'error';
    if (task.sandboxId === null || !opened) return { messages: [], state: 'unknown' };
    const { agentType, prompt } = session;
    const spec = { taskId, sandboxId: task.sandboxId, agentType, sessionId, prompt };
    const transcript = await this.providers.get(task.providerId).readSession(spec, limit());
    if (transcript.state === 'dead' && session.state === 'ready') {
      await this.commands.execute(new ReportDeadSessionCommand(taskId, sessionId, newContext('api')));
    }
    return transcript;
  }
}

/** A time limit whose reason says what to do. */
function limit(): AbortSignal {
  const controller = new AbortController();
  const message = `The sandbox did not tell within ${LIMIT_MS / 1_000} s what was said. Try again.`;
  const end = () => controller.abort(new ProviderError('agent_unreachable', message, { retryable: true }));
  setTimeout(end, LIMIT_MS).unref();
  return controller.signal;
}
