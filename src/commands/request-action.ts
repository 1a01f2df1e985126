import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';
import { actionOf } from '../events/task/task-actions.js';
import { type PullRequestWish, type PushWish } from '../events/task/action-state.js';
import { toActionRecord, type ActionRecord } from '../events/task/task-record.js';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { CommandRefusedError } from './command-refused.js';
import { actionUnderWay } from './decide-actions.js';
import { type CommandContext, TaskExecutor } from './executor.js';
import { ProjectSettings } from './project-settings.js';

const ACTION_NAMESPACE = '0d0b3d6e-6a0a-4a55-8a3a-6b6a3a0f6c1d';

/** Asks for the task's branch to be pushed and, with `pullRequest`, for a pull request of it. */
export class RequestActionCommand {
  constructor(
    readonly taskId: string,
    readonly push: PushWish,
    readonly pullRequest: PullRequestWish | null,
    /** The same key for the same task is the same action. */
    readonly idempotencyKey: string | undefined,
    readonly context: CommandContext,
  ) {}
}

/** Answers with the action; with the one that is under way, if there is one of the kind. */
@CommandHandler(RequestActionCommand)
export class RequestActionHandler implements ICommandHandler<RequestActionCommand, ActionRecord> {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(ProjectSettings) private readonly projects: ProjectSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(command: RequestActionCommand): Promise<ActionRecord> {
    const { taskId, push, pullRequest, idempotencyKey, context } = command;
    const actionId =
      idempotencyKey === undefined
        ? randomUUID()
        : uuidv5(JSON.stringify([taskId, idempotencyKey]), ACTION_NAMESPACE);
    const at = this.clock.now().toISOString();
    const { state: before, revision } = await this.executor.load(taskId, context);
    if (before !== null && !this.providers.mayPush(before.providerId))
      throw new CommandRefusedError(
        'not_pushable',
        `The provider ${before.providerId} has no checkout on this machine that could be pushed.`,
      );
    const author = before && (await this.projects.of(before.projectId)).commitAuthor;
    const wish = author ? { ...push, author } : push;
    const { fold } = await this.executor.execute(
      taskId,
      pullRequest === null
        ? { type: 'RequestPush', actionId, push: wish, at }
        : { type: 'RequestPullRequest', actionId, push: wish, pullRequest, at },
      { ...context, atLeastRevision: revision },
    );
    const task = fold.state!;
    const kind = pullRequest === null ? 'push' : 'pull_request';
    return toActionRecord(task, actionOf(task, actionId) ?? actionUnderWay(task, kind)!);
  }
}
