import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Logger } from 'pino';
import { pause } from '../platform/clock.js';
import { newContext } from '../commands/command-context.js';
import { ReportDeadSessionCommand } from '../commands/report-dead-session.js';
import { TaskStreams } from '../store/task-streams.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import type { SessionEnd } from '../providers/sandbox-provider.js';
import { LOGGER } from '../platform/tokens.js';

const AGAIN_MS = 5_000;

/** Has the sessions say so whose agents end or refuse without anybody asking: told by the providers that can see it. */
@Injectable()
export class SessionWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private watching: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(TaskStreams) private readonly streams: TaskStreams,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.watching = Promise.all(this.providers.ids.map((id) => this.watch(id)));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.watching;
  }

  /** Whether the session says so now, or needs not to. False while its opening is not stored yet. */
  async report(providerId: string, { taskId, sessionId, code, reason }: SessionEnd): Promise<boolean> {
    const { state: task } = await this.streams.refresh(taskId);
    const session = task?.sessions.find((each) => each.sessionId === sessionId);
    if (!session || task?.providerId !== providerId) return true;
    if (session.state === 'ready') {
      const context = newContext('watch');
      await this.commands.execute(new ReportDeadSessionCommand(taskId, sessionId, context, { code, reason }));
    }
    return session.state === 'ready' || session.state === 'error';
  }

  private async watch(providerId: string): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.providers.get(providerId).watchSessions?.((end) => this.report(providerId, end), signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.log.warn({ provider: providerId, err: error }, 'the sessions cannot be watched');
        await pause(AGAIN_MS, signal);
      }
    }
  }
}
