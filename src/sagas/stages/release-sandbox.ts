import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { StageRunner } from './stage-runner.js';
import { ReleaseSandbox } from './release-sandbox.command.js';

@CommandHandler(ReleaseSandbox)
export class ReleaseSandboxHandler implements ICommandHandler<ReleaseSandbox> {
  constructor(
    @Inject(StageRunner) private readonly stages: StageRunner,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
  ) {}

  execute(command: ReleaseSandbox): Promise<void> {
    return this.stages.runStage(command, 'release_sandbox', async (task, signal) => {
      await this.providers.get(task.providerId).releaseSandbox(task.taskId, signal);
      return { stage: 'release_sandbox' };
    });
  }
}
