import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Failure } from '../../commands/task-commands.js';
import { type CommandContext, TaskExecutor } from '../../commands/executor.js';
import { UndecodableEventError } from '../../events/codec.js';
import { ProviderError } from '../../events/provider-error.js';
import { actionOf } from '../../events/task/task-actions.js';
import { isUnfinished, type ActionFold } from '../../events/task/action-state.js';
import type { Task } from '../../events/task/task-state.js';
import { backOffMs } from '../../platform/back-off.js';
import type { Clock, Random } from '../../platform/clock.js';
import { SupersededError } from '../../platform/in-flight.js';
import { reasonOf } from '../../platform/reason.js';
import { inSpan } from '../../platform/spans.js';
import type { Settings } from '../../platform/settings/settings.js';
import { CLOCK, LOGGER, RANDOM, SETTINGS } from '../../platform/tokens.js';
import { tracePoint } from '../../platform/trace-points.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Credentials } from '../../repository/credentials/credentials.js';
import { HostingBusyError } from '../../repository/hosting/hosting.js';
import { Hosts } from '../../repository/hosting/hosts.js';
import { parseRepoRemote } from '../../repository/repo-remote.js';
import { isPassing } from '../is-passing.js';
import type { Attempt } from '../process.js';
import { SessionStreams } from '../../store/aggregate-streams.js';
import { withTimeout } from '../stages/with-timeout.js';
import { lastWords } from './last-words.js';
import type { RunAction } from './react-action.js';

/**
 * Carries out an attempt of an action: its intent is stored, then the branch is pushed, then (for a pull request) that is
 * stored and the pull request opened or found. Each part may run twice: the second time it finds what the first one made.
 */
@Injectable()
export class ActionRunner {
  private readonly hosts: Hosts;

  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(Credentials) credentials: Credentials,
    @Inject(SessionStreams) private readonly sessions: SessionStreams,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.hosts = new Hosts(settings.gitHosts, credentials);
  }

  /**
   * Resolves when the attempt's outcome (or failure) is stored or is none of our business any more: nothing follows from it at
   * once. Rejects with what passes (try again), SupersededError (stopped) or a bug.
   */
  run(attempt: Attempt<RunAction>): Promise<null> {
    const { taskId, next, context } = attempt;
    const attributes = { 'slipway.task_id': taskId, 'slipway.attempt': next.attempt };
    return inSpan({ name: 'action', traceparent: context.traceparent, attributes }, () =>
      this.carryOut(attempt),
    );
  }

  private async carryOut({ taskId, next, context, stop }: Attempt<RunAction>): Promise<null> {
    const { actionId, attempt } = next;
    tracePoint('action.before-intent', taskId);
    const { fold } = await this.executor.execute(
      taskId,
      { type: 'StartAction', actionId, attempt, at: this.now() },
      context,
    );
    const task = fold.state!;
    const action = actionOf(task, actionId);
    if (!action || !isUnfinished(action) || action.attempt !== attempt) return null;
    tracePoint('action.before-effect', taskId);
    try {
      await withTimeout(this.clock, this.settings.actions.timeoutMs, stop, async (signal) => {
        await this.push(task, action, context, signal);
        if (action.kind === 'pull_request') await this.openPullRequest(task, action, context, signal);
      });
    } catch (error) {
      if (isNotTheRemotes(error)) throw error;
      const failure = this.failureOf(error, attempt);
      this.log.warn(
        { taskId, actionId, attempt, code: failure.code, reason: failure.reason },
        `${action.kind} failed`,
      );
      await this.executor.execute(
        taskId,
        { type: 'FailAction', actionId, attempt, failure, at: this.now() },
        context,
      );
    }
    return null;
  }

  private async push(
    task: Task,
    action: ActionFold,
    context: CommandContext,
    signal: AbortSignal,
  ): Promise<void> {
    const { taskId } = task;
    const provider = this.providers.get(task.providerId);
    if (!provider.pushBranch)
      throw new ProviderError('not_pushable', 'The provider has no checkout on this machine.', {
        retryable: false,
      });
    const { commit, remote, left } = await provider.pushBranch(
      {
        taskId,
        workspaceId: task.workspaceId,
        branchName: task.branchName!,
        name: action.actionId,
        includeUncommitted: action.push.includeUncommitted,
        message: action.push.message ?? `${task.title ?? 'Work of the agent'}\n\nSlipway-Task: ${taskId}\n`,
        author: action.push.author ?? this.settings.commitAuthor,
        at: action.requestedAt,
        lastPushed: task.pushed?.commit ?? null,
        force: action.push.force,
      },
      signal,
    );
    tracePoint('action.pushed', taskId);
    await this.executor.execute(
      taskId,
      { type: 'NotePush', actionId: action.actionId, commit, remote, left, at: this.now() },
      context,
    );
    tracePoint('action.push-stored', taskId);
  }

  private async openPullRequest(
    task: Task,
    { actionId, pullRequest }: ActionFold,
    context: CommandContext,
    signal: AbortSignal,
  ): Promise<void> {
    const { taskId, workspaceId } = task;
    const hosting = await this.hosts.of(workspaceId, this.remoteOf(task));
    const body = pullRequest?.body ?? (await lastWords(this.sessions, task));
    const opened = await hosting.openPullRequest(
      {
        branch: task.branchName!,
        base: pullRequest?.base ?? task.onBranch,
        title: pullRequest?.title ?? task.title ?? task.branchName!,
        body,
        draft: pullRequest?.draft ?? false,
      },
      signal,
    );
    tracePoint('action.opened', taskId);
    await this.executor.execute(
      taskId,
      { type: 'NotePullRequest', actionId, ...opened, at: this.now() },
      context,
    );
  }

  private remoteOf({ repoRemote }: Task) {
    const { localRepoRoots: localRoots, allowPrivateHosts } = this.settings;
    return parseRepoRemote(repoRemote, { localRoots, allowPrivateHosts });
  }

  private failureOf(error: unknown, attempt: number): Failure {
    const { code, retryable }: Pick<ProviderError, 'code' | 'retryable'> =
      error instanceof ProviderError ? error : { code: 'unexpected', retryable: true };
    const waited = error instanceof HostingBusyError ? error.waitMs : 0;
    const delay = Math.max(waited, backOffMs(attempt, this.settings.backOff, this.random()));
    return {
      code,
      retryable,
      reason: reasonOf(error),
      nextAttemptAt: attempt < this.settings.actions.attempts ? this.now(delay) : undefined,
    };
  }

  private now(plusMs = 0): string {
    return new Date(this.clock.now().getTime() + plusMs).toISOString();
  }
}

const isNotTheRemotes = (error: unknown): boolean =>
  isPassing(error) || error instanceof UndecodableEventError || error instanceof SupersededError;
