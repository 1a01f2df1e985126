import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { type ExecutedOnTask, TaskExecutor } from '../../commands/executor.js';
import { isPendingSession, isUnderWay } from '../../commands/decide.js';
import type { Failure, StageOutcome, TaskCommand } from '../../commands/task-commands.js';
import { UndecodableEventError } from '../../events/codec.js';
import { MOST_SETUP_OUTPUT } from '../../events/task/task-events.js';
import { stageText, type Stage, type TaskStatus } from '../../events/task/vocabulary.js';
import type { Task } from '../../events/task/task-state.js';
import { backOffMs } from '../../platform/back-off.js';
import type { Clock, Random } from '../../platform/clock.js';
import { tracePoint } from '../../platform/trace-points.js';
import { SupersededError } from '../../platform/in-flight.js';
import { reasonOf } from '../../platform/reason.js';
import { inSpan } from '../../platform/spans.js';
import type { Settings } from '../../platform/settings/settings.js';
import { CLOCK, LOGGER, RANDOM, SETTINGS } from '../../platform/tokens.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { ProviderError } from '../../events/provider-error.js';
import { isPassing } from '../is-passing.js';
import type { Attempt as AttemptOf } from '../process.js';
import type { NextCommand } from '../react.js';
import { BranchReservations } from './branch-reservations.js';
import { SessionEnds } from './session-ends.js';
import { STAGE_TABLE, openSession, type OpenedSession } from './stage-table.js';
import { stageFailures, stageSeconds } from './stage-metrics.js';
import type { StageTools } from './stage-effect.js';
import { withTimeout } from './with-timeout.js';

type Attempt = AttemptOf<NextCommand>;

type RunStage = Extract<NextCommand, { type: 'RunStage' }>;
type OpenSession = Extract<NextCommand, { type: 'OpenSession' }>;

type Outcome = Extract<
  TaskCommand,
  { type: 'CompleteStage' | 'FailStage' | 'CompleteSession' | 'FailSession' }
>;

/** An attempt whose intent is stored. */
interface Begun<Done> {
  readonly task: Task;
  readonly revision: bigint;
  /** Whose time-out and number of attempts hold. */
  readonly stage: Stage;
  readonly effect: (tools: StageTools) => Promise<Done>;
  /** What to store of what the effect achieved, or of its failure. */
  readonly outcome: (result: Result<Done>, at: string) => Outcome;
}

type Result<Done> = { readonly done: Done } | { readonly failure: Failure };

/** Where a task stays until somebody wants something of it. */
const AT_REST: ReadonlySet<TaskStatus> = new Set(['running', 'archived', 'sleeping', 'killed']);

/**
 * The one way in which an effect is carried out: its intent is stored, then the effect runs under its
 * time-out, then its outcome is stored. An attempt that is not the one due any more does nothing.
 */
@Injectable()
export class StageRunner {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(BranchReservations) private readonly branches: BranchReservations,
    @Inject(SessionEnds) private readonly sessionEnds: SessionEnds,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /**
   * Resolves with what was stored of the attempt's outcome (or failure), or with null when it is none of our business any
   * more. Rejects with what passes (try again), SupersededError (stopped) or a bug.
   */
  run(attempt: Attempt): Promise<ExecutedOnTask | null> {
    const { next, taskId, context } = attempt;
    const stage = next.type === 'RunStage' ? next.stage : 'create_session';
    const { traceparent } = context;
    const attributes = { 'slipway.task_id': taskId, 'slipway.attempt': next.attempt };
    return inSpan({ name: `stage ${stage}`, traceparent, attributes }, async () =>
      next.type === 'RunStage'
        ? this.carryOut(attempt, await this.beginStage(attempt, next))
        : this.carryOut(attempt, await this.beginSession(attempt, next)),
    );
  }

  /** Stores that the attempt begins, unless that is stored already. Null when another attempt, or none, is due. */
  private async beginStage(
    { taskId, context }: Attempt,
    { stage, attempt }: RunStage,
  ): Promise<Begun<StageOutcome> | null> {
    tracePoint('intent.before-append', taskId);
    const { fold: begun } = await this.executor.execute(
      taskId,
      { type: 'StartStage', stage, attempt, at: this.now() },
      context,
    );
    tracePoint('intent.after-append', taskId);
    const { state: task, revision } = begun;
    if (task === null || !isUnderWay(task, stage, attempt)) return null;
    return {
      task,
      revision,
      stage,
      effect: (tools) => STAGE_TABLE[stage](task, tools),
      outcome: (result, at) =>
        'failure' in result
          ? { type: 'FailStage', stage, attempt, branchName: task.branchName, at, failure: result.failure }
          : { type: 'CompleteStage', attempt, at, outcome: result.done },
    };
  }

  /** The intent of a further session of a running task is SessionRequested itself. */
  private async beginSession(
    { taskId, context }: Attempt,
    { sessionId, attempt }: OpenSession,
  ): Promise<Begun<OpenedSession> | null> {
    const { state: task, revision } = await this.executor.load(taskId, context);
    const session = task?.sessions.find((each) => each.sessionId === sessionId);
    if (task === null || !session || !isPendingSession(task, sessionId) || session.attempt !== attempt)
      return null;
    return {
      task,
      revision,
      stage: 'create_session',
      effect: (tools) => openSession(task, session, tools),
      outcome: (result, at) =>
        'failure' in result
          ? { type: 'FailSession', sessionId, attempt, at, failure: result.failure }
          : { type: 'CompleteSession', sessionId, ...result.done, at },
    };
  }

  private async carryOut<Done>(attempt: Attempt, begun: Begun<Done> | null): Promise<ExecutedOnTask | null> {
    if (begun === null) return null;
    const { taskId, context } = attempt;
    tracePoint('effect.before', taskId);
    const result = await this.tryEffect(attempt, begun);
    tracePoint('effect.after', taskId);
    tracePoint('outcome.before-append', taskId);
    const stored = await this.executor.execute(taskId, begun.outcome(result, this.now()), {
      ...context,
      atLeastRevision: begun.revision,
    });
    tracePoint('outcome.after-append', taskId);
    if ('done' in result) this.tell(attempt, begun, stored.fold.state?.status);
    return stored;
  }

  /** Failures are told where they happen. @param status the task's, now that the outcome is stored */
  private tell<Done>(
    { taskId, next, context }: Attempt,
    { task, stage }: Begun<Done>,
    status?: TaskStatus,
  ): void {
    const about = { taskId, correlationId: context.correlationId };
    if (status !== undefined && status !== task.status && AT_REST.has(status)) {
      const inMs = this.clock.now().getTime() - Date.parse(task.createdAt);
      this.log.info({ ...about, inMs }, `task is ${status}`);
    } else this.log.debug({ ...about, stage, attempt: next.attempt }, `${stageText(stage)} done`);
  }

  private async tryEffect<Done>(
    { taskId, next, context, stop }: Attempt,
    { task, stage, effect }: Begun<Done>,
  ): Promise<Result<Done>> {
    const { attempt } = next;
    const { timeoutMs, attempts } = this.settings.stages[stage];
    const { branches, sessionEnds } = this;
    const timed = stageSeconds.startTimer({ stage });
    try {
      const attributes = { 'slipway.provider': task.providerId };
      const done = await inSpan({ name: `effect ${stage}`, kind: 'client', attributes }, () =>
        withTimeout(this.clock, timeoutMs, stop, async (signal) =>
          effect({ provider: this.providers.get(task.providerId), branches, sessionEnds, context, signal }),
        ),
      );
      return { done };
    } catch (error) {
      if (error instanceof SupersededError || isNotTheProviders(error)) throw error;
      const { code, retryable }: Pick<ProviderError, 'code' | 'retryable'> =
        error instanceof ProviderError ? error : { code: 'unexpected', retryable: true };
      stageFailures.inc({ stage, code });
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
          setupOutput: stage === 'run_setup' ? setupOutput(error) : undefined,
        },
      };
    } finally {
      timed();
    }
  }

  private now(plusMs = 0): string {
    return new Date(this.clock.now().getTime() + plusMs).toISOString();
  }
}

function setupOutput(error: unknown): string | undefined {
  return error instanceof ProviderError ? error.output?.slice(-MOST_SETUP_OUTPUT).toWellFormed() : undefined;
}

/** Errors of the store or of stored data: no attempt has failed, the message is to be handled again or parked. */
const isNotTheProviders = (error: unknown): boolean =>
  isPassing(error) || error instanceof UndecodableEventError;
