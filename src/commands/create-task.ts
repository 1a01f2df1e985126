import { randomUUID, createHash } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { v5 as uuidv5 } from 'uuid';
import { WorkspaceLimits } from '../access/workspace-limits.js';
import type { Clock } from '../platform/clock.js';
import type { Settings } from '../platform/settings/settings.js';
import { tracePoint } from '../platform/trace-points.js';
import { WrongExpectedRevisionError } from '../store/event-store.js';
import { TaskStreams } from '../store/aggregate-streams.js';
import { NO_TASK, type VersionedTask } from '../events/task/task-state.js';
import { branchNameProblem, existingBranchProblem } from '../repository/branch-name.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { InvalidRemoteError, parseRepoRemote, type RepoRemote } from '../repository/repo-remote.js';
import { CLOCK, SETTINGS } from '../platform/tokens.js';
import { causationOf, type CommandContext } from './executor.js';
import { decide } from './decide.js';
import { ProjectSettings } from './project-settings.js';
import { InvalidRequestError } from './command-refused.js';
import type { ProjectSettingsFold } from '../events/project/project-state.js';
import type { CreateTask } from './task-commands.js';
import type { TaskRequest } from './requests.js';

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
    readonly context: CommandContext,
  ) {}
}

/**
 * One append, with NO_STREAM, and nothing else: no disk, no network, no provider, no row. (The project's settings are read at most
 * once a second.) What they give the task is in its first event, so later changes of theirs do not change it.
 */
@CommandHandler(CreateTaskCommand)
export class CreateTaskHandler implements ICommandHandler<CreateTaskCommand, Created> {
  constructor(
    @Inject(TaskStreams) private readonly streams: TaskStreams,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(ProjectSettings) private readonly projects: ProjectSettings,
    @Inject(WorkspaceLimits) private readonly limits: Pick<WorkspaceLimits, 'of'>,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ request, idempotencyKey, context }: CreateTaskCommand): Promise<Created> {
    const command = await this.toCommand(request, idempotencyKey);
    const { taskId } = command;
    const causation = causationOf(context);
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

  private async toCommand(request: TaskRequest, idempotencyKey: string | undefined): Promise<CreateTask> {
    const workspaceId = request.workspaceId ?? 'default';
    const providerId = request.providerId ?? this.providers.ids[0]!;
    const { remote, identity } = this.check(request, providerId);
    const projectId = uuidv5(JSON.stringify([workspaceId, identity]), PROJECT_NAMESPACE);
    const project = await this.projects.of(projectId);
    const agentType = request.agentType ?? project.agentType ?? this.settings.defaultAgent;
    this.checkAgent(providerId, agentType, request.agentType === undefined && project.agentType !== null);
    const wish = {
      workspaceId,
      repoRemote: remote,
      task: request.task,
      title: request.title || undefined,
      branchName: request.branchName || undefined,
      onBranch: request.onBranch || undefined,
      providerId,
      agentType,
      permissionPolicy: request.permissionPolicy ?? project.permissionPolicy ?? undefined,
      modeId: request.modeId || undefined,
      model: request.model || undefined,
      ...this.fittingsOf(request, project),
      ...this.lifecycleOf(request, project, workspaceId),
    };
    const taskId =
      idempotencyKey === undefined
        ? randomUUID()
        : uuidv5(JSON.stringify([workspaceId, idempotencyKey]), TASK_NAMESPACE);
    return {
      type: 'CreateTask',
      at: this.clock.now().toISOString(),
      taskId,
      projectId,
      sessionId: randomUUID(),
      requestHash: requestHash(request, wish),
      ...wish,
    };
  }

  /** What its sandbox is fitted out with: the task's own goes before the project's, and that before the service's. */
  private fittingsOf(request: TaskRequest, project: ProjectSettingsFold) {
    const own = request.setup?.trim() ? request.setup : undefined;
    const { submodules } = this.settings;
    return {
      setup: own ?? project.setup ?? undefined,
      ...(own === undefined && project.setup !== null && { setupFrom: 'project' as const }),
      ...(project.env !== null && { env: project.env }),
      ...((project.submodules ?? submodules) && { submodules: true }),
    };
  }

  /** When its sandbox stops: the task's own goes before the project's, the workspace's and the service's. */
  private lifecycleOf(request: TaskRequest, project: ProjectSettingsFold, workspaceId: string) {
    const limits = this.limits.of(workspaceId);
    const of = (name: 'idleStopAfter' | 'maxAge') =>
      (request[name] ?? project[name] ?? limits[name]) || undefined;
    return { idleStopAfter: of('idleStopAfter'), maxAge: of('maxAge') };
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
    if (branchName && branchName === onBranch) {
      const message = `branchName is the task's own branch, which is made on ${onBranch}: it needs another name; leave it out to get one`;
      throw new InvalidRequestError([{ field: 'branchName', message }], 'bad_branch');
    }
    return { remote: remote.url, identity: remote.identity };
  }

  private checkAgent(providerId: string, agentType: string, isOfProject: boolean): void {
    const problem = this.providers.agentProblem(providerId, agentType);
    if (!problem) return;
    const message = isOfProject ? `${problem}. It is the one of the project's settings` : problem;
    throw new InvalidRequestError([{ field: 'agentType', message }], 'agent_not_allowed');
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

/** What was resolved of a request when hashes were made of that. */
interface ResolvedWish {
  readonly workspaceId: string;
  readonly repoRemote: string;
  readonly providerId: string;
  readonly agentType: string;
}

const VERSION = '2:';

/**
 * The hash of what was asked, which settings do not change: a request that names no provider or agent stays the same
 * request when the defaults change. `null` and the empty text mean the same as nothing.
 */
export function requestHash(request: TaskRequest, { workspaceId, repoRemote }: ResolvedWish): string {
  const { task, title, branchName, onBranch, providerId, agentType } = request;
  const { permissionPolicy, modeId, model, setup, idleStopAfter, maxAge } = request;
  const asked = {
    title,
    branchName,
    onBranch,
    providerId,
    agentType,
    permissionPolicy,
    modeId,
    model,
    setup,
    // Also 0 says something.
    idleStopAfter: idleStopAfter?.toString(),
    maxAge: maxAge?.toString(),
  };
  const given = Object.entries(asked).filter(([, value]) => value);
  const text = JSON.stringify([workspaceId, repoRemote, task, given]);
  return VERSION + createHash('sha256').update(text).digest('base64url');
}

/** Whether a stored hash is that of the request; those without a version were made of what it resolved to. */
export function isHashOf(
  stored: string | null | undefined,
  request: TaskRequest,
  wish: ResolvedWish,
): boolean {
  if (stored?.startsWith(VERSION)) return stored === requestHash(request, wish);
  const resolved = {
    workspaceId: wish.workspaceId,
    repoRemote: wish.repoRemote,
    task: request.task,
    title: request.title || undefined,
    branchName: request.branchName || undefined,
    onBranch: request.onBranch || undefined,
    providerId: wish.providerId,
    agentType: wish.agentType,
  };
  return stored === createHash('sha256').update(JSON.stringify(resolved)).digest('hex');
}
