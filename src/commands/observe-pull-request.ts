import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { VersionedTask } from '../events/task/task-state.js';
import type { Clock } from '../platform/clock.js';
import type { Settings } from '../platform/settings/settings.js';
import { CLOCK, SETTINGS } from '../platform/tokens.js';
import { Credentials } from '../repository/credentials/credentials.js';
import { Hosts } from '../repository/hosting/hosts.js';
import { parseRepoRemote } from '../repository/repo-remote.js';
import { CommandRefusedError, existing } from './command-refused.js';
import { type CommandContext, TaskExecutor } from './executor.js';

/** Asks the host how the task's pull request is, and stores what has changed. */
export class ObservePullRequest {
  constructor(
    readonly taskId: string,
    readonly context: CommandContext,
    readonly signal: AbortSignal,
  ) {}
}

@CommandHandler(ObservePullRequest)
export class ObservePullRequestHandler implements ICommandHandler<ObservePullRequest, VersionedTask> {
  private readonly hosts: Hosts;

  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(Credentials) credentials: Credentials,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.hosts = new Hosts(settings.gitHosts, credentials);
  }

  async execute({ taskId, context, signal }: ObservePullRequest): Promise<VersionedTask> {
    const task = existing((await this.executor.load(taskId, context)).state);
    if (task.pullRequest === null)
      throw new CommandRefusedError('no_pull_request', 'The task has no pull request.');
    const { localRepoRoots: localRoots, allowPrivateHosts } = this.settings;
    const remote = parseRepoRemote(task.repoRemote, { localRoots, allowPrivateHosts });
    const hosting = await this.hosts.of(task.workspaceId, remote);
    const observed = await hosting.observePullRequest(task.pullRequest.number, signal);
    const at = this.clock.now().toISOString();
    const { fold } = await this.executor.execute(
      taskId,
      { type: 'ObservePullRequest', ...observed, at },
      context,
    );
    return fold;
  }
}
