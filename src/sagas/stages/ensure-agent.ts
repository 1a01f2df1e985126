import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { StageRunner } from './stage-runner.js';
import { EnsureAgent } from './ensure-agent.command.js';

@CommandHandler(EnsureAgent)
export class EnsureAgentHandler implements ICommandHandler<EnsureAgent> {
  constructor(
    @Inject(StageRunner) private readonly stages: StageRunner,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
  ) {}

  execute(command: EnsureAgent): Promise<void> {
    return this.stages.runStage(command, 'ensure_agent', async (task, signal) => {
      const { taskId, agentType } = task;
      const agent = await this.providers
        .get(task.providerId)
        .ensureAgent({ taskId, agentType, sandboxId: task.sandboxId! }, signal);
      return { stage: 'ensure_agent', ...agent };
    });
  }
}
