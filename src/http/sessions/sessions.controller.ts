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
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { randomUUID } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';
import { AskSessionCommand, type SessionWish } from '../../commands/ask-session.js';
import type { Executed } from '../../commands/executor.js';
import { MOST_QUEUED } from '../../commands/decide-session.js';
import { InvalidRequestError } from '../../commands/command-refused.js';
import type { SessionEvent } from '../../events/session/session-events.js';
import { isPending, PAST_PROMPTS_KEPT, promptOf, type Session } from '../../events/session/session-state.js';
import { toSessionRecord, type SessionRecord } from '../../events/task/task-record.js';
import { SessionStreams, TaskStreams } from '../../store/aggregate-streams.js';
import { IdParam, IDEMPOTENCY_KEY, checkedKey } from '../request-rules.js';
import { ProblemDto, SessionDto } from '../tasks/task-record.dto.js';
import {
  PermissionDto,
  PermissionListDto,
  PromptDto,
  PromptListDto,
  toPermission,
  toPrompts,
} from './session-records.dto.js';
import {
  AnswerPermissionDto,
  ListPermissionsDto,
  QueuePromptDto,
  SessionSettingsDto,
} from './session-requests.dto.js';
import { Allowance } from '../workspaces/allowance.js';
import { callersContext } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { NO_FIELDS } from '../validation.js';

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
    @Inject(Allowance) private readonly allowance: Allowance,
  ) {}

  @Needs('read', 'task')
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

  @Needs('work', 'task')
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

  @Needs('work', 'task')
  @Post('prompts')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'Ask the agent something, at any time: prompts wait, and are sent one after the other.',
    description: `At most ${MOST_QUEUED} prompts of a session wait; one more is refused with 409 \`too_many_prompts\`. An Idempotency-Key holds for the session's latest ${PAST_PROMPTS_KEPT} prompts; what one that is long over asked is not compared any more.`,
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
    const session = await this.allowance.prompt(taskId, () =>
      this.ask(taskId, sessionId, { type: 'QueuePrompt', promptId, text, by: 'person' }),
    );
    const prompt = promptIn(session, promptId, text);
    if (prompt.text === text) return prompt;
    const message = 'This Idempotency-Key was used for another text; use a new key';
    throw new InvalidRequestError([{ field: 'Idempotency-Key', message }], 'idempotency_key_reused');
  }

  @Needs('read', 'task')
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

  @Needs('work', 'task')
  @Delete('prompts/:promptId')
  @ApiOperation({ summary: 'Take back a prompt that waits.' })
  @ApiOkResponse({ type: PromptDto })
  @ApiConflictResponse({ type: ProblemDto })
  async withdraw(
    @IdParam('taskId') taskId: string,
    @IdParam('sessionId') sessionId: string,
    @IdParam('promptId') promptId: string,
    @Body(NO_FIELDS) _body: unknown,
  ): Promise<PromptDto> {
    const session = await this.ask(taskId, sessionId, { type: 'WithdrawPrompt', promptId, by: 'person' });
    return promptIn(session, promptId);
  }

  @Needs('work', 'task')
  @Post('prompts/:promptId/resend')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'Send a prompt again of which it is not known whether it reached the agent.' })
  @ApiAcceptedResponse({ type: PromptDto })
  @ApiConflictResponse({ type: ProblemDto })
  async resend(
    @IdParam('taskId') taskId: string,
    @IdParam('sessionId') sessionId: string,
    @IdParam('promptId') promptId: string,
    @Body(NO_FIELDS) _body: unknown,
  ): Promise<PromptDto> {
    const session = await this.ask(taskId, sessionId, { type: 'ResendPrompt', promptId, by: 'person' });
    return promptIn(session, promptId);
  }

  @Needs('work', 'task')
  @Post('cancel')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: "Stop the agent's turn; prompts that wait stay. Harmless when it does nothing." })
  @ApiAcceptedResponse({ type: SessionDto })
  async cancel(
    @IdParam('taskId') taskId: string,
    @IdParam('sessionId') sessionId: string,
    @Body(NO_FIELDS) _body: unknown,
  ): Promise<SessionRecord> {
    await this.ask(taskId, sessionId, { type: 'Cancel', by: 'person' });
    return this.show(taskId, sessionId);
  }

  @Needs('read', 'task')
  @Get('permissions')
  @ApiOperation({ summary: 'What the agent asks: what waits for an answer, and the latest of the others.' })
  @ApiOkResponse({ type: PermissionListDto })
  async permissions(
    @IdParam('taskId') taskId: string,
    @IdParam('sessionId') sessionId: string,
    @Query() { state }: ListPermissionsDto,
  ): Promise<PermissionListDto> {
    await this.show(taskId, sessionId);
    const { state: session } = await this.sessions.refresh(sessionId);
    const asked = session?.permissions ?? [];
    return { items: (state === undefined ? asked : asked.filter(isPending)).map(toPermission) };
  }

  @Needs('work', 'task')
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
    const command = new AskSessionCommand(taskId, sessionId, wish, callersContext());
    const { fold }: Executed<Session, SessionEvent> = await this.commands.execute(command);
    return fold.state!;
  }
}

/** What one that is long over asked is in the transcript alone: `text` stands for it. */
const promptIn = (session: Session, promptId: string, text = ''): PromptDto =>
  toPrompts(session.prompts).find((each) => each.promptId === promptId) ?? {
    ...promptOf(session, promptId)!,
    text,
    position: null,
  };
