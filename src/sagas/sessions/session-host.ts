import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import { SessionExecutor, TaskExecutor } from '../../commands/executor.js';
import { messagesOf, recapOf } from '../../events/session/messages.js';
import { sessionIdOfStream } from '../../events/session/session-events.js';
import { taskIdOfStream } from '../../events/task/task-events.js';
import { onAbort } from '../../platform/aborts.js';
import { Background } from '../../platform/background.js';
import { backOffMs, type BackOffPolicy } from '../../platform/back-off.js';
import type { Clock, Random } from '../../platform/clock.js';
import { reasonOf } from '../../platform/reason.js';
import { SessionDeltas } from '../../platform/session-deltas.js';
import type { Settings } from '../../platform/settings/settings.js';
import { CLOCK, EVENT_STORE, LOGGER, RANDOM, SETTINGS } from '../../platform/tokens.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import type { SandboxProvider } from '../../providers/sandbox-provider.js';
import type { StoredEvent } from '../../events/stored-event.js';
import type { EventStore, Subscription } from '../../store/event-store.js';
import { SessionStreams, TaskStreams } from '../../store/aggregate-streams.js';
import { SessionDriver } from './session-driver.js';

/** So often the providers are asked which sessions are there: another process may have died with some. */
const LIST_MS = 3_000;
/** So long after a list comes the next one at the earliest, in milliseconds: sessions open by the hundred. */
const LISTS_APART_MS = 200;
/** So many sessions at a time are looked for in the store, so that thousands at a start leave it room for others. */
const LOOKS_AT_ONCE = 16;
/** Before a session is attended to again after trouble. */
const RETRY: BackOffPolicy = { firstMs: 2_000, capMs: 30_000 };

/** What makes a session worth looking at: wishes of people in its stream, and the turns of its task's life. */
const WAKING_TYPES = [
  'PromptQueued',
  'PromptWithdrawn',
  'PromptResent',
  'PermissionAnswered',
  'SettingsChanged',
  'CancelRequested',
  'AgentLost',
  'SessionCreated',
  'SessionActivityChanged',
  'SessionEnded',
  'AgentStarted',
  'ArchiveRequested',
  'KillRequested',
  'SandboxReleased',
  'TaskArchived',
  'ResumeRequested',
  'TaskKilled',
];

/** Has every session that is open at a provider of this process attended to, by a driver each, whatever fails meanwhile. */
@Injectable()
export class SessionHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly background = new Background();
  private readonly drivers = new Map<string, SessionDriver>();
  private readonly ofTask = new Map<string, Set<SessionDriver>>();
  /** Those whose tasks are over. */
  private readonly resting = new Set<SessionDriver>();
  private subscription?: Subscription;
  private readonly looking = new Set<() => void>();
  private readonly looks = pLimit(LOOKS_AT_ONCE);

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(TaskStreams) private readonly tasks: TaskStreams,
    @Inject(SessionStreams) private readonly sessions: SessionStreams,
    @Inject(TaskExecutor) private readonly taskExecutor: TaskExecutor,
    @Inject(SessionExecutor) private readonly executor: SessionExecutor,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(SessionDeltas) private readonly deltas: SessionDeltas,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.subscription = this.store.subscribeToAll({
      name: 'session-host',
      types: WAKING_TYPES,
      after: 'end',
      onEvent: (event) => this.heard(event),
    });
    for (const id of this.providers.ids) this.background.keep(this.watch(this.providers.get(id)));
  }

  async beforeApplicationShutdown(): Promise<void> {
    const stopped = this.background.stop();
    await this.subscription?.stop();
    await stopped;
  }

  private heard(event: StoredEvent): void {
    const sessionId = sessionIdOfStream(event.stream);
    if (sessionId !== null) return this.drivers.get(sessionId)?.heard('session', event.revision);
    const taskId = taskIdOfStream(event.stream);
    if (taskId === null) return;
    if (event.type === 'SessionCreated') for (const look of this.looking) look();
    if (event.type === 'ResumeRequested' || event.type === 'AgentStarted')
      for (const driver of this.ofTask.get(taskId) ?? []) if (this.resting.has(driver)) this.forget(driver);
    for (const driver of this.ofTask.get(taskId) ?? []) driver.heard('task', event.revision);
  }

  /** Keeps a driver for each session that is open at the provider. */
  private async watch(provider: SandboxProvider): Promise<void> {
    const { signal } = this.background;
    while (!signal.aborted) {
      const again = this.nextLook();
      try {
        for (const { taskId, sessionId } of await provider.openedSessions(signal)) {
          if (signal.aborted) return;
          if (!this.drivers.has(sessionId)) this.background.keep(this.drive(provider, taskId, sessionId));
        }
      } catch (error) {
        if (signal.aborted) return;
        this.log.warn({ provider: provider.id, reason: reasonOf(error) }, 'the sessions cannot be listed');
      }
      await this.clock.sleep(LISTS_APART_MS, signal);
      await again;
    }
  }

  /** Attends to one session until its task is over. */
  private async drive(provider: SandboxProvider, taskId: string, sessionId: string): Promise<void> {
    const { signal } = this.background;
    const { tasks, sessions, taskExecutor, executor, deltas, clock, log } = this;
    const driver = new SessionDriver(taskId, sessionId, {
      provider,
      tasks,
      sessions,
      taskExecutor,
      executor,
      deltas,
      clock,
      log,
      permissionDeadlineMs: this.settings.permissionDeadlineMs,
      inTurn: this.looks,
      recapOf: async (id, most) => recapOf(messagesOf(await sessions.events(id)), most),
    });
    this.drivers.set(sessionId, driver);
    this.ofTask.set(taskId, (this.ofTask.get(taskId) ?? new Set()).add(driver));
    let attempt = 0;
    while (!signal.aborted) {
      const begun = this.clock.now().getTime();
      try {
        await driver.run(signal);
        break;
      } catch (error) {
        if (signal.aborted) break;
        const reason = reasonOf(error);
        this.log.warn({ taskId, sessionId, reason }, 'a session could not be attended to; it is tried again');
        const lasted = this.clock.now().getTime() - begun;
        attempt = lasted > RETRY.capMs ? 1 : attempt + 1;
        await driver.tellOfTrouble(reason, attempt > 1).catch(() => undefined);
        await this.clock.sleep(backOffMs(attempt, RETRY, this.random()), signal).catch(() => undefined);
      }
    }
    // One whose task is over is looked at again when the task is resumed, or the provider lists it again, later.
    if (signal.aborted) return this.forget(driver);
    this.resting.add(driver);
    this.clock.after(RETRY.capMs, () => this.forget(driver));
  }

  private forget(driver: SessionDriver): void {
    this.resting.delete(driver);
    if (this.drivers.get(driver.sessionId) === driver) this.drivers.delete(driver.sessionId);
    const others = this.ofTask.get(driver.taskId);
    if (others?.delete(driver) && others.size === 0) this.ofTask.delete(driver.taskId);
  }

  /** Resolves when it is time to list the sessions again. */
  private async nextLook(): Promise<void> {
    let look!: () => void;
    const due = new Promise<void>((resolve) => (look = resolve));
    this.looking.add(look);
    const cancel = this.clock.after(LIST_MS, look);
    const unlisten = onAbort(this.background.signal, look);
    await due;
    cancel();
    unlisten();
    this.looking.delete(look);
  }
}
