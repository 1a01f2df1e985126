import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';
import type { Clock } from '../platform/clock.js';
import type { Task } from '../events/task/task-state.js';
import { toSessionRecord, type SessionRecord } from '../events/task/task-record.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { CLOCK } from '../platform/tokens.js';
import { InvalidRequestError } from './command-refused.js';
import { TaskExecutor, type CommandContext } from './executor.js';
import type { SessionRequest } from './requests.js';

const SESSION_NAMESPACE = '7e4f3d52-91c4-4d5a-8a60-3f6e0c1f9b03';

/** Asks for a further session; it is opened as soon as the task is running. */
export class RequestSessionCommand {
  constructor(
    readonly taskId: string,
    readonly request: SessionRequest,
    /** The same key for the same task is the same session. */
    readonly idempotencyKey: string | undefined,
    readonly context: CommandContext,
  ) {}
}

@CommandHandler(RequestSessionCommand)
export class RequestSessionHandler implements ICommandHandler<RequestSessionCommand, SessionRecord> {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ taskId, request, idempotencyKey, context }: RequestSessionCommand): Promise<SessionRecord> {
    const sessionId =
      idempotencyKey === undefined
        ? randomUUID()
        : uuidv5(JSON.stringify([taskId, idempotencyKey]), SESSION_NAMESPACE);
    const { agentType, prompt, permissionPolicy, modeId, model } = request;
    const { state: before, revision } = await this.executor.load(taskId, context);
    const isAsked = before?.sessions.some((session) => session.sessionId === sessionId);
    const wrongAgent =
      before && !isAsked && this.providers.agentProblem(before.providerId, agentType ?? before.agentType);
    if (wrongAgent) {
      throw new InvalidRequestError([{ field: 'agentType', message: wrongAgent }], 'agent_not_allowed');
    }
    if (before && !isAsked) assertOffered(before, agentType ?? before.agentType, { modeId, model });
    const { fold } = await this.executor.execute(
      taskId,
      {
        type: 'RequestSession',
        sessionId,
        agentType: agentType ?? undefined,
        prompt: prompt ?? undefined,
        permissionPolicy: permissionPolicy ?? undefined,
        modeId: modeId || undefined,
        model: model || undefined,
        at: this.clock.now().toISOString(),
      },
      { ...context, atLeastRevision: revision },
    );
    const state = fold.state!;
    return toSessionRecord(
      state,
      state.sessions.find((session) => session.sessionId === sessionId)!,
    );
  }
}

/**
 * What agents of a type can be set to is known once one of the task's sessions has told. Before that an unknown wish is said
 * in the session, when its agent tells.
 */
function assertOffered(
  { sessions }: Task,
  agentType: string,
  { modeId, model }: Pick<SessionRequest, 'modeId' | 'model'>,
): void {
  const told = sessions.findLast((session) => session.agentType === agentType && session.summary)?.summary;
  const problemOf = (
    field: 'modeId' | 'model',
    wish: string | null | undefined,
    offered: readonly { id: string }[],
  ) => {
    if (!wish || offered.length === 0 || offered.some(({ id }) => id === wish)) return [];
    const ids = offered.map(({ id }) => id).join(', ');
    return [{ field, message: `${field} must be one that the agent offers: ${ids}` }];
  };
  const problems = [
    ...problemOf('modeId', modeId, told?.modes ?? []),
    ...problemOf('model', model, told?.models ?? []),
  ];
  if (problems.length > 0) throw new InvalidRequestError(problems, 'unknown_choice');
}
