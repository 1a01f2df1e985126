import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { newContext } from '../../commands/command-context.js';
import { SessionExecutor } from '../../commands/session-executor.js';
import { TaskExecutor } from '../../commands/task-executor.js';
import { sessionIdOfStream } from '../../events/session/session-events.js';
import { taskIdOfStream } from '../../events/task/task-events.js';
import { onAbort } from '../../platform/aborts.js';
import type { Clock } from '../../platform/clock.js';
import { reasonOf } from '../../platform/reason.js';
import { SessionDeltas } from '../../platform/session-deltas.js';
import type { Settings } from '../../platform/settings/settings.js';
import { CLOCK, EVENT_STORE, LOGGER, SETTINGS } from '../../platform/tokens.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import type { SandboxProvider } from '../../providers/sandbox-provider.js';
import type { StoredEvent } from '../../events/stored-event.js';
import type { EventStore, Subscription } from '../../store/event-store.js';
import { SessionStreams } from '../../store/session-streams.js';
import { TaskStreams } from '../../store/task-streams.js';
import { recapOf } from './recap.js';
import { SessionDriver } from './session-driver.js';

/** So often the providers are asked which sessions are there: another process may have died with some. */
const LIST_MS = 3_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/** What makes a session worth looking at: wishes of people in its stream, and the turns of its task's life. */
const WAKING_TYPES = [
  'PromptQueued',
  'PromptWithdrawn',
  'PromptResent',
  'PermissionAnswered',
  'SettingsChanged',
  'CancelRequested',
  'SessionCreated',
  'SessionEnded',
  'AgentStarted',
  'ArchiveRequested',
  'KillRequested',
  'SandboxReleased',
  'TaskArchived',
  'ResumeRequested',
  'TaskKilled',
];
const OVER: Readonly<Record<string, string>> = {
  TaskArchived: 'the task was archived',
  TaskKilled: 'the task was killed',
};

/** Has every session that is open at a provider of this process attended to, by a driver each, whatever fails meanwhile. */
@Injectable()
export class SessionHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly drivers = new Map<string, SessionDriver>();
  private readonly running = new Set<Promise<unknown>>();
  /** Those whose tasks are over. */
  private readonly resting = new Set<SessionDriver>();
  private subscription?: Subscription;
  private readonly looking = new Set<() => void>();

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
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const provided = this.providers.ids.map((id) => this.providers.get(id));
    const workable = provided.filter(({ attachSession }) => attachSession !== undefined);
    if (workable.length === 0) return;
    this.subscription = this.store.subscribeToAll({
      name: 'session-host',
      types: WAKING_TYPES,
      after: 'end',
      onEvent: (event) => this.heard(event),
    });
    for (const provider of workable) this.keep(this.watch(provider));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Error('the service is shutting down'));
    await this.subscription?.stop();
    await Promise.all(this.running);
  }

  private heard(event: StoredEvent): void {
    const sessionId = sessionIdOfStream(event.stream);
    if (sessionId !== null) return this.drivers.get(sessionId)?.poke();
    const taskId = taskIdOfStream(event.stream);
    if (taskId === null) return;
    if (event.type === 'SessionCreated') for (const look of this.looking) look();
    if (event.type === 'ResumeRequested' || event.type === 'AgentStarted')
      for (const driver of this.resting) if (driver.taskId === taskId) this.forget(driver);
    const reason = OVER[event.type];
    if (reason !== undefined) this.keep(this.endAll(taskId, reason));
    for (const driver of this.drivers.values()) if (driver.taskId === taskId) driver.poke();
  }

  /** The sessions of a task that is over say so. */
  private async endAll(taskId: string, reason: string): Promise<void> {
    try {
      const { state: task } = await this.tasks.refresh(taskId);
      for (const { sessionId, state: phase } of task?.sessions ?? []) {
        const { state } = await this.sessions.refresh(sessionId);
        const end = { type: 'End', reason, at: this.clock.now().toISOString() } as const;
        // The task may have been resumed meanwhile.
        if (state !== null && (phase === 'ended' || phase === 'error'))
          await this.executor.execute(sessionId, end, newContext('session'));
      }
    } catch (error) {
      this.log.warn({ taskId, err: error }, 'that the sessions of a task have ended could not be stored');
    }
  }

  /** Keeps a driver for each session that is open at the provider. */
  private async watch(provider: SandboxProvider): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const again = this.nextLook();
      try {
        for (const { taskId, sessionId } of await provider.openedSessions!(signal)) {
          if (signal.aborted) return;
          if (!this.drivers.has(sessionId)) this.keep(this.drive(provider, taskId, sessionId));
        }
      } catch (error) {
        if (signal.aborted) return;
        this.log.warn({ provider: provider.id, reason: reasonOf(error) }, 'the sessions cannot be listed');
      }
      await again;
    }
  }

  /** Attends to one session until its task is over. */
  private async drive(provider: SandboxProvider, taskId: string, sessionId: string): Promise<void> {
    const { signal } = this.stopping;
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
      recapOf: (id, most) => recapOf(sessions, id, most),
    });
    this.drivers.set(sessionId, driver);
    let wait = FIRST_RETRY_MS;
    while (!signal.aborted) {
      const begun = this.clock.now().getTime();
      try {
        await driver.run(signal);
        break;
      } catch (error) {
        if (signal.aborted) break;
        const reason = reasonOf(error);
        this.log.warn({ taskId, sessionId, reason }, 'a session could not be attended to; it is tried again');
        await driver.tellOfTrouble(reason).catch(() => undefined);
        const lasted = this.clock.now().getTime() - begun;
        wait = lasted > LONGEST_RETRY_MS ? FIRST_RETRY_MS : Math.min(wait * 2, LONGEST_RETRY_MS);
        await this.clock.sleep(wait, signal).catch(() => undefined);
      }
    }
    // One whose task is over is looked at again when the task is resumed, or the provider lists it again, later.
    if (signal.aborted) return this.forget(driver);
    this.resting.add(driver);
    this.clock.after(LONGEST_RETRY_MS, () => this.forget(driver));
  }

  private forget(driver: SessionDriver): void {
    this.resting.delete(driver);
    if (this.drivers.get(driver.sessionId) === driver) this.drivers.delete(driver.sessionId);
  }

  /** Resolves when it is time to list the sessions again. */
  private async nextLook(): Promise<void> {
    let look!: () => void;
    const due = new Promise<void>((resolve) => (look = resolve));
    this.looking.add(look);
    const cancel = this.clock.after(LIST_MS, look);
    const unlisten = onAbort(this.stopping.signal, look);
    await due;
    cancel();
    unlisten();
    this.looking.delete(look);
  }

  private keep(work: Promise<unknown>): void {
    this.running.add(work);
    void work.finally(() => this.running.delete(work)).catch(() => undefined);
  }
}
