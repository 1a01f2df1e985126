import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ProviderError } from '../events/provider-error.js';
import type { Clock } from '../platform/clock.js';
import { CLOCK } from '../platform/tokens.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import type { SandboxProvider } from '../providers/sandbox-provider.js';
import { TaskExecutor, type CommandContext, type ExecutedOnTask } from './executor.js';

/** Asks for a look at a task's changes, which is taken behind. */
export class RefreshChangesCommand {
  constructor(
    readonly taskId: string,
    readonly context: CommandContext,
  ) {}
}

@CommandHandler(RefreshChangesCommand)
export class RefreshChangesHandler implements ICommandHandler<RefreshChangesCommand, ExecutedOnTask> {
  constructor(
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ taskId, context }: RefreshChangesCommand): Promise<ExecutedOnTask> {
    const { state: task } = await this.executor.load(taskId, context);
    if (task !== null) withCheckouts(this.providers.get(task.providerId));
    const at = this.clock.now().toISOString();
    return this.executor.execute(taskId, { type: 'RefreshChanges', at }, context);
  }
}

/** @throws ProviderError when the provider keeps no checkouts on this machine */
export function withCheckouts(
  provider: SandboxProvider,
): SandboxProvider & Required<Pick<SandboxProvider, 'useCheckout'>> {
  if (provider.useCheckout) return provider as ReturnType<typeof withCheckouts>;
  throw new ProviderError(
    'checkout_not_here',
    `Provider ${provider.id} keeps no checkout on this machine, so that its changes cannot be looked at.`,
  );
}
