import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Clock, Random } from '../../platform/clock.js';
import type { Settings } from '../../platform/settings/settings.js';
import { tracePoint } from '../../platform/trace-points.js';
import { UndecodableEventError } from '../../events/codec.js';
import { EventStoreUnavailableError } from '../../store/event-store.js';
import type { Task } from '../../events/task/task-state.js';
import { stageText } from '../../events/task/task-state.js';
import type { Stage } from '../../events/task/vocabulary.js';
import { ProviderError } from '../../providers/sandbox-provider.js';
import { CLOCK, LOGGER, RANDOM, SETTINGS } from '../../platform/tokens.js';
import { isPendingSession, isUnderWay } from '../../commands/decide.js';
import type { Failure, StageOutcome, TaskCommand } from '../../commands/task-commands.js';
import { TaskExecutor } from '../../commands/task-executor.js';
import { backOffMs } from '../../platform/back-off.js';
import { SupersededError } from '../../platform/in-flight.js';
import { reasonOf } from '../../platform/reason.js';
import type { StageCommand } from './stage-command.js';
import { withTimeout } from './with-timeout.js';

/**
 * The one way in which an effect is carried out: its intent is stored, then the effect runs under its
 * time-out, then its outcome is stored. An attempt that is not the one due any more does nothing.
 */
@Injectable()
export class StageRunner {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /**
   * One attempt of a stage. Resolves when its outcome (or failure) is stored or is none of our business
   * any more. Rejects with EventStoreUnavailableError (try again), SupersededError (stopped) or a bug.
   */
  async runStage(
    command: StageCommand,
    stage: Stage,
    effect: (task: Task, signal: AbortSignal) => Promise<StageOutcome>,
  ): Promise<void> {
    const { taskId, attempt, context } = command;
    tracePoint('intent.before-append', taskId);
    const { task: started } = await this.executor.execute(
      taskId,
      { type: 'StartStage', stage, attempt, at: this.now() },
      context,
    );
    tracePoint('intent.after-append', taskId);
    const task = started.state;
    if (task === null || !isUnderWay(task, stage, attempt)) return;
    tracePoint('effect.before', taskId);
    const outcome = await this.attempt(command, stage, (signal) => effect(task, signal));
    tracePoint('effect.after', taskId);
    const record: TaskCommand =
      'failure' in outcome
        ? {
            type: 'FailStage',
            stage,
            attempt,
            branchName: task.branchName,
            at: this.now(),
            failure: outcome.failure,
          }
        : { type: 'CompleteStage', attempt, at: this.now(), outcome: outcome.result };
    tracePoint('outcome.before-append', taskId);
    await this.executor.execute(taskId, record, { ...context, atLeastRevision: started.revision });
    tracePoint('outcome.after-append', taskId);
  }

  /** One attempt at opening a further session of a running task; its intent is SessionRequested itself. */
  async runSession(
    command: StageCommand & { readonly sessionId: string },
    effect: (task: Task, signal: AbortSignal) => Promise<{ agentSessionId: string }>,
  ): Promise<void> {
    const { taskId, sessionId, attempt, context } = command;
    const loaded = await this.executor.load(taskId, context);
    const task = loaded.state;
    const session = task?.sessions.find((s) => s.sessionId === sessionId);
    if (task === null || !isPendingSession(task, sessionId) || session?.attempt !== attempt) return;
    const outcome = await this.attempt(command, 'create_session', (signal) => effect(task, signal));
    const record: TaskCommand =
      'failure' in outcome
        ? { type: 'FailSession', sessionId, attempt, at: this.now(), failure: outcome.failure }
        : {
            type: 'CompleteSession',
            sessionId,
            agentSessionId: outcome.result.agentSessionId,
            at: this.now(),
          };
    await this.executor.execute(taskId, record, { ...context, atLeastRevision: loaded.revision });
  }

  private async attempt<T>(
    { taskId, attempt, stop }: StageCommand,
    stage: Stage,
    effect: (signal: AbortSignal) => Promise<T>,
  ): Promise<{ result: T } | { failure: Failure }> {
    const { timeoutMs, attempts } = this.settings.stages[stage];
    try {
      return { result: await withTimeout(this.clock, timeoutMs, stop, effect) };
    } catch (error) {
      if (error instanceof SupersededError || isNotTheProviders(error)) throw error;
      const { code, retryable }: Pick<ProviderError, 'code' | 'retryable'> =
        error instanceof ProviderError ? error : { code: 'unexpected', retryable: true };
      const delay = backOffMs(attempt, this.settings.backOff, this.random());
      const reason = reasonOf(error);
      // What is planned (a failure that is known, another attempt) needs no stack.
      const isBug = !(error instanceof ProviderError) && code === 'unexpected';
      if (isBug) this.log.warn({ taskId, stage, attempt, code, err: error }, `${stageText(stage)} failed`);
      else if (attempt < attempts && retryable)
        this.log.info({ taskId, stage, attempt, code, reason }, `${stageText(stage)} failed, trying again`);
      else this.log.warn({ taskId, stage, attempt, code, reason }, `${stageText(stage)} failed`);
      return {
        failure: {
          code,
          reason,
          retryable,
          nextAttemptAt: attempt < attempts ? this.now(delay) : undefined,
        },
      };
    }
  }

  private now(plusMs = 0): string {
    return new Date(this.clock.now().getTime() + plusMs).toISOString();
  }
}

/** Errors of the store or of stored data: no attempt has failed, the message is to be handled again or parked. */
const isNotTheProviders = (error: unknown): boolean =>
  error instanceof EventStoreUnavailableError || error instanceof UndecodableEventError;
