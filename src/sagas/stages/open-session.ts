import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { openSession } from './open-or-find-session.js';
import { StageRunner } from './stage-runner.js';
import { OpenSession } from './open-session.command.js';

@CommandHandler(OpenSession)
export class OpenSessionHandler implements ICommandHandler<OpenSession> {
  constructor(
    @Inject(StageRunner) private readonly stages: StageRunner,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
  ) {}

  execute(command: OpenSession): Promise<void> {
    return this.stages.runSession(command, (task, signal) => {
      const session = task.sessions.find(({ sessionId }) => sessionId === command.sessionId)!;
      return openSession(this.providers, task, session, signal);
    });
  }
}
