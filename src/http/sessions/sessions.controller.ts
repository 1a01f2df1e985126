import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  HttpStatus,
  Inject,
  NotFoundException,
  Patch,
  Post,
  Query,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  ApiAcceptedResponse,
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { randomUUID } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';
import { AskSessionCommand, type SessionWish } from '../../commands/ask-session.js';
import { newContext } from '../../commands/command-context.js';
import type { Executed } from '../../commands/executor.js';
import { InvalidRequestError } from '../../commands/invalid-request.js';
import type { SessionEvent } from '../../events/session/session-events.js';
import { isPending, type Session } from '../../events/session/session-state.js';
import { toSessionRecord, type SessionRecord } from '../../events/task/task-record.js';
import { SessionStreams } from '../../store/session-streams.js';
import { TaskStreams } from '../../store/task-streams.js';
import { IdParam } from '../id-param.js';
import { IDEMPOTENCY_KEY, checkedKey } from '../idempotency-key.js';
import { ProblemDto, SessionDto } from '../tasks/task-record.dto.js';
import {
  PermissionDto,
  PermissionListDto,
  PromptDto,
  PromptListDto,
  toPermission,
  toPrompts,
} from './session-records.dto.js';
import { AnswerPermissionDto, QueuePromptDto, SessionSettingsDto } from './session-requests.dto.js';

const PROMPT_NAMESPACE = 'c9a3a0d4-3f0e-4a7e-9a0b-1d1f5f3b8e61';

/** Work in a session: every request stores what is wanted and answers; the agent is told behind. */
@ApiTags('sessions')
@ApiBadRequestResponse({ type: ProblemDto })
@ApiNotFoundResponse({ type: ProblemDto })
@Controller('v1/tasks/:taskId/sessions/:sessionId')
export class SessionsController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(TaskStreams) private readonly tasks: TaskStreams,
    @Inject(SessionStreams) private readonly sessions: SessionStreams,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The session.' })
  @ApiOkResponse({ type: SessionDto })
  async show(
    @IdParam('taskId') taskId: string,
    @IdParam('sessionId') sessionId: string,
  ): Promise<SessionRecord> {
    const { state: task } = await this.tasks.refresh(taskId);
    const session = task?.sessions.find((each) => each.sessionId === sessionId);
    if (task && session) return toSessionRecord(task, session);
    throw new NotFoundException({ detail: 'There is no such session.', code: 'session_not_found' });
  }

  @Patch()
  @ApiOperation({ summary: 'Change how questions are answered, the mode or the model, at any time.' })
  @ApiOkResponse({ type: SessionDto })
  async change(
    @IdParam('taskId') taskId: string,
    @IdParam('sessionId') sessionId: string,
    @Body() { permissionPolicy, modeId, model }: SessionSettingsDto,
  ): Promise<SessionRecord> {
    const wish = {
      type: 'ChangeSettings',
      permissionPolicy: permissionPolicy ?? undefined,
      modeId: modeId ?? undefined,
      model: model ?? undefined,
      by: 'person',
    } as const;
    await this.ask(taskId, sessionId, wish);
    return this.show(taskId, sessionId);
  }

  @Post('prompts')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'Ask the agent something, at any time: prompts wait, and are sent one after the other.',
  })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiAcceptedResponse({ type: PromptDto })
  @ApiConflictResponse({ type: ProblemDto })
  @ApiUnprocessableEntityResponse({ type: ProblemDto, description: 'The key was used for another text.' })
  async queue(
    @IdParam('taskId') taskId: string,
    @IdParam('sessionId') sessionId: string,
    @Body() { text }: QueuePromptDto,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<PromptDto> {
    const promptId =
      checkedKey(key) === undefined
        ? randomUUID()
        : uuidv5(JSON.stringify([sessionId, key]), PROMPT_NAMESPACE);
    const session = await this.ask(taskId, sessionId, { type: 'QueuePrompt', promptId, text, by: 'person' });
    const prompt = promptIn(session, promptId);
    if (prompt.text === text) return prompt;
    const message = 'This Idempotency-Key was used for another text; use a new key';
    throw new InvalidRequestError([{ field: 'Idempotency-Key', message }], 'idempotency_key_reused');
  }

  @Get('prompts')
  @ApiOperation({ summary: 'What was asked, oldest first: all that is not over, and the latest of what is.' })
  @ApiOkResponse({ type: PromptListDto })
  async prompts(
    @IdParam('taskId') taskId: string,
    @IdParam('sessionId') sessionId: string,
  ): Promise<PromptListDto> {
    await this.show(taskId, sessionId);
    const { state } = await this.sessions.refresh(sessionId);
    return { items: toPrompts(state?.prompts ?? []) };
  }

  @Delete('prompts/:promptId')
  @ApiOperation({ summary: 'Take back a prompt that waits.' })
  @ApiOkResponse({ type: PromptDto })
  @ApiConflictResponse({ type: ProblemDto })
  async withdraw(
    @IdParam('taskId') taskId: string,
    @IdParam('sessionId') sessionId: string,
    @IdParam('promptId') promptId: string,
  ): Promise<PromptDto> {
    const session = await this.ask(taskId, sessionId, { type: 'WithdrawPrompt', promptId, by: 'person' });
    return promptIn(session, promptId);
  }

  @Post('prompts/:promptId/resend')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'Send a prompt again of which it is not known whether it reached the agent.' })
  @ApiAcceptedResponse({ type: PromptDto })
  @ApiConflictResponse({ type: ProblemDto })
  async resend(
    @IdParam('taskId') taskId: string,
    @IdParam('sessionId') sessionId: string,
    @IdParam('promptId') promptId: string,
  ): Promise<PromptDto> {
    const session = await this.ask(taskId, sessionId, { type: 'ResendPrompt', promptId, by: 'person' });
    return promptIn(session, promptId);
  }

  @Post('cancel')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: "Stop the agent's turn; prompts that wait stay. Harmless when it does nothing." })
  @ApiAcceptedResponse({ type: SessionDto })
  async cancel(
    @IdParam('taskId') taskId: string,
    @IdParam('sessionId') sessionId: string,
  ): Promise<SessionRecord> {
    await this.ask(taskId, sessionId, { type: 'Cancel', by: 'person' });
    return this.show(taskId, sessionId);
  }

  @Get('permissions')
  @ApiOperation({ summary: 'What the agent asks: what waits for an answer, and the latest of the others.' })
  @ApiQuery({ name: 'state', required: false, enum: ['pending'] })
  @ApiOkResponse({ type: PermissionListDto })
  async permissions(
    @IdParam('taskId') taskId: string,
    @IdParam('sessionId') sessionId: string,
    @Query('state') state: unknown,
  ): Promise<PermissionListDto> {
    if (state !== undefined && state !== 'pending')
      throw new InvalidRequestError([{ field: 'state', message: 'state must be pending, or left out' }]);
    await this.show(taskId, sessionId);
    const { state: session } = await this.sessions.refresh(sessionId);
    const asked = session?.permissions ?? [];
    return { items: (state === undefined ? asked : asked.filter(isPending)).map(toPermission) };
  }

  @Post('permissions/:permissionId/answer')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'Answer the agent. The first answer holds.' })
  @ApiAcceptedResponse({ type: PermissionDto })
  @ApiConflictResponse({ type: ProblemDto })
  async answer(
    @IdParam('taskId') taskId: string,
    @IdParam('sessionId') sessionId: string,
    @IdParam('permissionId') permissionId: string,
    @Body() { optionId }: AnswerPermissionDto,
  ): Promise<PermissionDto> {
    const wish = { type: 'AnswerPermission', permissionId, optionId, by: 'person' } as const;
    const session = await this.ask(taskId, sessionId, wish);
    return toPermission(session.permissions.find((each) => each.permissionId === permissionId)!);
  }

  private async ask(taskId: string, sessionId: string, wish: SessionWish): Promise<Session> {
    const command = new AskSessionCommand(taskId, sessionId, wish, newContext('api'));
    const { fold }: Executed<Session, SessionEvent> = await this.commands.execute(command);
    return fold.state!;
  }
}

const promptIn = ({ prompts }: Session, promptId: string): PromptDto =>
  toPrompts(prompts).find((each) => each.promptId === promptId)!;
