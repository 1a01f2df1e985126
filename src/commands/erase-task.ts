import { Inject, Injectable } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import { tracePoint } from '../platform/trace-points.js';
import { SealedEvents } from '../store/sealed-events.js';
import { CommandRefusedError, existing } from './command-refused.js';
import { type CommandContext, type ExecutedOnTask, SessionExecutor, TaskExecutor } from './executor.js';

/** Makes what was said in a killed task unreadable, for good. */
export class EraseTaskCommand {
  constructor(
    readonly taskId: string,
    readonly context: CommandContext,
  ) {}
}

/** What follows from `TaskErased`. */
@Injectable()
export class Erasure {
  constructor(
    @Inject(TaskExecutor) private readonly tasks: TaskExecutor,
    @Inject(SessionExecutor) private readonly sessions: SessionExecutor,
    @Inject(SealedEvents) private readonly sealed: SealedEvents,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Destroys the key of an erased task and has its sessions say that they are erased. May be done again. Rejects with
   * KeyUnavailableError before any session is told, or else, when all the rest is done, with what the first of the sessions that
   * could not be told failed with.
   */
  async finish(taskId: string, context: CommandContext): Promise<void> {
    const { state } = await this.tasks.load(taskId, context);
    if (!state?.erased) return;
    const ids = state.sessions.map(({ sessionId }) => sessionId);
    tracePoint('erase.before-key', taskId);
    await this.sealed.destroyKeys(taskId, ids);
    const failures: unknown[] = [];
    for (const sessionId of ids)
      await this.eraseSession(sessionId, context).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  private async eraseSession(sessionId: string, context: CommandContext): Promise<void> {
    if ((await this.sessions.load(sessionId, context)).state === null) return;
    const at = this.clock.now().toISOString();
    await this.sessions.execute(sessionId, { type: 'Erase', at }, context);
  }
}

/** Answers when the key is destroyed and the sessions are told. Who is killed before that leaves it to the process manager. */
@CommandHandler(EraseTaskCommand)
export class EraseTaskHandler implements ICommandHandler<EraseTaskCommand, ExecutedOnTask> {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(SealedEvents) private readonly sealed: SealedEvents,
    @Inject(Erasure) private readonly erasure: Erasure,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ taskId, context }: EraseTaskCommand): Promise<ExecutedOnTask> {
    existing((await this.executor.load(taskId, context)).state);
    if (!(await this.sealed.isSealed(taskId)))
      throw new CommandRefusedError(
        'task_not_sealed',
        'The task was created without a key of its own, so its texts cannot be made unreadable.',
      );
    const at = this.clock.now().toISOString();
    const executed = await this.executor.execute(taskId, { type: 'Erase', at }, context);
    await this.erasure.finish(taskId, context);
    return executed;
  }
}
