import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';
import type { Clock } from '../../clock.js';
import { toSessionRecord, type SessionRecord } from '../../events/task-record.js';
import { CLOCK } from '../../tokens.js';
import { TaskExecutor } from '../task-executor.js';
import { RequestSessionCommand } from './request-session.command.js';

const SESSION_NAMESPACE = '7e4f3d52-91c4-4d5a-8a60-3f6e0c1f9b03';

@CommandHandler(RequestSessionCommand)
export class RequestSessionHandler implements ICommandHandler<RequestSessionCommand, SessionRecord> {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ taskId, request, idempotencyKey, context }: RequestSessionCommand): Promise<SessionRecord> {
    const sessionId =
      idempotencyKey === undefined
        ? randomUUID()
        : uuidv5(JSON.stringify([taskId, idempotencyKey]), SESSION_NAMESPACE);
    const { agentType, prompt } = request;
    const { task } = await this.executor.execute(
      taskId,
      {
        type: 'RequestSession',
        sessionId,
        agentType: agentType ?? undefined,
        prompt: prompt ?? undefined,
        at: this.clock.now().toISOString(),
      },
      context,
    );
    const state = task.state!;
    return toSessionRecord(
      state,
      state.sessions.find((session) => session.sessionId === sessionId)!,
    );
  }
}
