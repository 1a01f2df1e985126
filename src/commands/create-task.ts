import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';
import type { Clock } from '../platform/clock.js';
import type { Settings } from '../platform/settings/settings.js';
import { tracePoint } from '../platform/trace-points.js';
import { WrongExpectedRevisionError } from '../store/event-store.js';
import { TaskStreams } from '../store/task-streams.js';
import { NO_TASK, type VersionedTask } from '../events/task/task-state.js';
import { branchNameProblem, existingBranchProblem } from '../repository/branch-name.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { InvalidRemoteError, parseRepoRemote, type RepoRemote } from '../repository/repo-remote.js';
import { CLOCK, SETTINGS } from '../platform/tokens.js';
import { causationOf } from './command-context.js';
import { decide } from './decide.js';
import { InvalidRequestError } from './invalid-request.js';
import type { CreateTask } from './task-commands.js';
import type { TaskRequest } from './requests.js';
import { isHashOf, requestHash } from './request-hash.js';

const TASK_NAMESPACE = '1c7d2b1e-8e0a-4f0b-9d5d-2f6f5d0f7a01';
const PROJECT_NAMESPACE = '5a0c4f1b-3a43-4c55-8f0e-6f0f8b8f2c02';

export interface Created {
  readonly task: VersionedTask;
  /** False when the task is that of an earlier request with the same idempotency key. */
  readonly isNew: boolean;
}

/** Creates a task: stores one event. */
export class CreateTaskCommand {
  constructor(
    readonly request: TaskRequest,
    /** Makes the creation repeatable: the same key in the same workspace is the same task. */
    readonly idempotencyKey: string | undefined,
    readonly correlationId: string,
  ) {}
}

/** One append, with NO_STREAM, and nothing else: no disk, no network, no provider, no row. */
@CommandHandler(CreateTaskCommand)
export class CreateTaskHandler implements ICommandHandler<CreateTaskCommand, Created> {
  constructor(
    @Inject(TaskStreams) private readonly streams: TaskStreams,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ request, idempotencyKey, correlationId }: CreateTaskCommand): Promise<Created> {
    const command = this.toCommand(request, idempotencyKey);
    const { taskId } = command;
    const causation = causationOf({ correlationId, causationId: correlationId, actor: 'api' });
    try {
      const events = decide(command, null);
      tracePoint('create.before-append', taskId);
      const task = await this.streams.append(taskId, NO_TASK, events, causation);
      tracePoint('create.after-append', taskId);
      return { task, isNew: true };
    } catch (error) {
      if (!(error instanceof WrongExpectedRevisionError)) throw error;
      const task = await this.streams.refresh(taskId);
      if (isHashOf(task.state?.requestHash, request, command)) return { task, isNew: false };
      const message = `This Idempotency-Key was used for another request, which made task ${taskId}; use a new key`;
      throw new InvalidRequestError([{ field: 'Idempotency-Key', message }], 'idempotency_key_reused');
    }
  }

  private toCommand(request: TaskRequest, idempotencyKey: string | undefined): CreateTask {
    const workspaceId = request.workspaceId ?? 'default';
    const providerId = request.providerId ?? this.providers.ids[0]!;
    const { remote, identity } = this.check(request, providerId);
    const wish = {
      workspaceId,
      repoRemote: remote,
      task: request.task,
      title: request.title || undefined,
      branchName: request.branchName || undefined,
      onBranch: request.onBranch || undefined,
      providerId,
      agentType: request.agentType ?? this.settings.defaultAgent,
      permissionPolicy: request.permissionPolicy ?? undefined,
      modeId: request.modeId || undefined,
      model: request.model || undefined,
    };
    const taskId =
      idempotencyKey === undefined
        ? randomUUID()
        : uuidv5(JSON.stringify([workspaceId, idempotencyKey]), TASK_NAMESPACE);
    return {
      type: 'CreateTask',
      at: this.clock.now().toISOString(),
      taskId,
      projectId: uuidv5(JSON.stringify([workspaceId, identity]), PROJECT_NAMESPACE),
      sessionId: randomUUID(),
      requestHash: requestHash(request, wish),
      ...wish,
    };
  }

  /** What class-validator cannot know: which providers there are, and which remotes and branches are allowed. */
  private check(request: TaskRequest, providerId: string): { remote: string; identity: string } {
    const problems: { field: string; message: string }[] = [];
    const remote = this.parseRemote(request.repoRemote, problems);
    const { branchName, onBranch } = request;
    const wrongName = branchName && branchNameProblem(branchName);
    if (wrongName) problems.push({ field: 'branchName', message: wrongName });
    const wrongBase = onBranch && existingBranchProblem(onBranch);
    if (wrongBase) problems.push({ field: 'onBranch', message: wrongBase });
    if (!this.providers.ids.includes(providerId)) {
      const message = `Provider ${JSON.stringify(providerId)} is not configured here; use one of: ${this.providers.ids.join(', ')}`;
      problems.push({ field: 'providerId', message });
    }
    if (problems.length > 0 || remote === undefined) throw new InvalidRequestError(problems);
    const agentType = request.agentType ?? this.settings.defaultAgent;
    const wrongAgent = this.providers.agentProblem(providerId, agentType);
    if (wrongAgent) {
      throw new InvalidRequestError([{ field: 'agentType', message: wrongAgent }], 'agent_not_allowed');
    }
    if (branchName && branchName === onBranch) {
      const message = `branchName is the task's own branch, which is made on ${onBranch}: it needs another name; leave it out to get one`;
      throw new InvalidRequestError([{ field: 'branchName', message }], 'bad_branch');
    }
    return { remote: remote.url, identity: remote.identity };
  }

  private parseRemote(
    spelling: string,
    problems: { field: string; message: string }[],
  ): RepoRemote | undefined {
    const { localRepoRoots, allowPrivateHosts } = this.settings;
    try {
      return parseRepoRemote(spelling, { localRoots: localRepoRoots, allowPrivateHosts });
    } catch (error) {
      if (!(error instanceof InvalidRemoteError)) throw error;
      problems.push({ field: 'repoRemote', message: error.message });
      return undefined;
    }
  }
}
