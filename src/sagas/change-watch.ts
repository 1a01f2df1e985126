import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { ChangeObserver } from '../commands/change-observer.js';
import type { StoredEvent } from '../events/stored-event.js';
import { taskIdOfStream } from '../events/task/task-events.js';
import type { Task } from '../events/task/task-state.js';
import { Background } from '../platform/background.js';
import type { Clock } from '../platform/clock.js';
import { reasonOf } from '../platform/reason.js';
import { CLOCK, EVENT_STORE, LOGGER } from '../platform/tokens.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import type { SandboxProvider } from '../providers/sandbox-provider.js';
import type { EventStore, Subscription } from '../store/event-store.js';
import { TaskStreams } from '../store/aggregate-streams.js';

const AGAIN_MS = 5_000;
const TYPES = ['SessionActivityChanged', 'ChangesRefreshRequested', 'BranchPushed', 'TaskArchived'];
/** What a session does when a turn has ended. */
const AT_REST: readonly unknown[] = ['idle', 'ended', 'lost'];

/**
 * Has changes looked at after each turn, when a task is archived and when somebody asks. What was due when a process died follows
 * from the tasks' folds, which its next start looks through.
 */
@Injectable()
export class ChangeWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly background = new Background();
  private subscription?: Subscription;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(TaskStreams) private readonly streams: TaskStreams,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(ChangeObserver) private readonly observer: ChangeObserver,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const provided = this.providers.ids.map((id) => this.providers.get(id));
    const here = provided.filter(({ useCheckout }) => useCheckout !== undefined);
    if (here.length === 0) return;
    this.subscription = this.store.subscribeToAll({
      name: 'change-watch',
      types: TYPES,
      after: 'end',
      onEvent: (event) => this.heard(event),
    });
    for (const provider of here) this.behind(() => this.catchUp(provider));
  }

  async beforeApplicationShutdown(): Promise<void> {
    const stopped = this.background.stop();
    await this.subscription?.stop();
    await stopped;
  }

  private heard({ stream, type, data }: StoredEvent): void {
    const taskId = taskIdOfStream(stream);
    if (taskId === null) return;
    const { activity } = ((data as { summary?: unknown } | null)?.summary ?? {}) as { activity?: unknown };
    if (type === 'SessionActivityChanged' && !AT_REST.includes(activity)) return;
    const known = this.streams.cached(taskId)?.state;
    if (known && !this.isHere(known)) return;
    this.look(taskId);
  }

  private isHere({ providerId }: Task): boolean {
    return (
      this.providers.ids.includes(providerId) && this.providers.get(providerId).useCheckout !== undefined
    );
  }

  private look(taskId: string): void {
    this.behind(() => this.observer.observe(taskId, this.background.signal));
  }

  /** Looks at what was due while nobody watched. */
  private async catchUp(provider: SandboxProvider): Promise<void> {
    for (const { taskId, complete } of await provider.listSandboxes(this.background.signal)) {
      this.background.signal.throwIfAborted();
      const { state: task } = await this.streams.shown(taskId);
      if (complete && task !== null && this.isHere(task) && isDue(task)) this.look(taskId);
    }
  }

  private behind(work: () => Promise<void>): void {
    const onFailure = (error: unknown) =>
      this.log.warn({ reason: reasonOf(error) }, 'changes could not be looked at; it is tried again');
    const { background, clock } = this;
    background.keep(background.untilDone(work, { clock, againMs: AGAIN_MS, onFailure }));
  }
}

/** Whether something may have changed since the last look, or somebody asked for one. */
export function isDue({ status, changes, changesProblem, changesAsked, sessions }: Task): boolean {
  if (status === 'killing' || status === 'killed') return false;
  const looked = [changes?.at, changesProblem?.at].reduce<string>((a, b = '') => (a > b ? a : b), '');
  return changesAsked || sessions.some(({ summary }) => summary !== null && summary.lastEntryAt > looked);
}
