import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { StageRunner } from './stage-runner.js';
import { CreateSession } from './create-session.command.js';
import { openSession } from './open-or-find-session.js';

@CommandHandler(CreateSession)
export class CreateSessionHandler implements ICommandHandler<CreateSession> {
  constructor(
    @Inject(StageRunner) private readonly stages: StageRunner,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
  ) {}

  execute(command: CreateSession): Promise<void> {
    return this.stages.runStage(command, 'create_session', async (task, signal) => {
      const first = task.sessions.find((session) => session.sessionId === task.sessionId)!;
      return { stage: 'create_session', ...(await openSession(this.providers, task, first, signal)) };
    });
  }
}
