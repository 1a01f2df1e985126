import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { CommandRefusedError, existing } from './command-refused.js';
import { type CommandContext, TaskExecutor } from './executor.js';

const LIMIT_MS = 60_000;

/** Gives up what is kept of a killed task, for good. */
export class DeleteKept {
  constructor(
    readonly taskId: string,
    readonly context: CommandContext,
  ) {}
}

/** That it is given up is stored first: who is killed in between asks again, and finds less. */
@CommandHandler(DeleteKept)
export class DeleteKeptHandler implements ICommandHandler<DeleteKept, void> {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ taskId, context }: DeleteKept): Promise<void> {
    const task = existing((await this.executor.load(taskId, context)).state);
    const signal = AbortSignal.timeout(LIMIT_MS);
    const provider = this.providers.get(task.providerId);
    const isThere = task.kept !== null || ((await provider.keptWork?.(taskId, signal)) ?? null) !== null;
    if (!isThere) throw new CommandRefusedError('kept_not_found', 'Nothing is kept of this task.');
    await this.executor.execute(taskId, { type: 'DeleteKept', at: this.clock.now().toISOString() }, context);
    await provider.deleteKept?.(taskId, signal);
  }
}
