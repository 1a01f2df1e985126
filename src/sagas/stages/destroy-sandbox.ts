import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { shownKept } from './shown-kept.js';
import { StageRunner } from './stage-runner.js';
import { DestroySandbox } from './destroy-sandbox.command.js';

@CommandHandler(DestroySandbox)
export class DestroySandboxHandler implements ICommandHandler<DestroySandbox> {
  constructor(
    @Inject(StageRunner) private readonly stages: StageRunner,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
  ) {}

  execute(command: DestroySandbox): Promise<void> {
    return this.stages.runStage(command, 'destroy_sandbox', async (task, signal) => {
      const { taskId, keepBranch } = task;
      const provider = this.providers.get(task.providerId);
      const { kept } = await provider.destroySandbox({ taskId, keepBranch }, signal);
      return { stage: 'destroy_sandbox', kept: kept && shownKept(kept) };
    });
  }
}
