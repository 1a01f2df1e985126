import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { StageRunner } from './stage-runner.js';
import { CreateSandbox } from './create-sandbox.command.js';

@CommandHandler(CreateSandbox)
export class CreateSandboxHandler implements ICommandHandler<CreateSandbox> {
  constructor(
    @Inject(StageRunner) private readonly stages: StageRunner,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
  ) {}

  execute(command: CreateSandbox): Promise<void> {
    return this.stages.runStage(command, 'create_sandbox', async (task, signal) => {
      const provider = this.providers.get(task.providerId);
      const sandbox =
        (await provider.findSandbox(task.taskId, signal)) ??
        (await provider.createSandbox(
          {
            taskId: task.taskId,
            repoRemote: task.repoRemote,
            branchName: task.branchName!,
            onBranch: task.onBranch ?? undefined,
          },
          signal,
        ));
      return { stage: 'create_sandbox', ...sandbox };
    });
  }
}
