import type { Logger } from 'pino';
import { newContext, type SessionExecutor, type TaskExecutor } from '../../commands/executor.js';
import type { SessionCommand } from '../../commands/session-commands.js';
import { TooBusyError } from '../../commands/turns.js';
import type { VersionedTask } from '../../events/task/task-state.js';
import type { Session } from '../../events/session/session-state.js';
import { NOTHING_YET, type Versioned } from '../../events/fold.js';
import { onAbort } from '../../platform/aborts.js';
import type { Clock } from '../../platform/clock.js';
import { tracePoint } from '../../platform/trace-points.js';
import type { SessionChannel } from '../../providers/session-channel.js';
import type { SessionStreams, TaskStreams } from '../../store/aggregate-streams.js';
import type { PermissionDeadlines } from './permission-deadlines.js';
import { SummaryNote } from './summary-note.js';

/** Very many others change the session: its own work goes on all the same, after so long, in milliseconds. */
const BUSY_MS = 200;
/** What can wait is not stored before so many times what the store's last answer took, and not after this, in milliseconds. */
const ANSWERS_APART = 10;
const MOST_APART_MS = 1_000;
/** What is told of an append to whoever follows trace points. */
const POINT_OF = {
  Attach: 'attach',
  SendPrompt: 'prompt',
  ConfirmPrompt: 'confirm',
  Record: 'record',
  LoseAgent: 'lost',
} as const;

export interface DeskTools {
  readonly tasks: TaskStreams;
  readonly sessions: SessionStreams;
  readonly taskExecutor: TaskExecutor;
  readonly executor: SessionExecutor;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * What those who attend to a session work at: the session and its task as they are known here, commands for the session, and
 * the news that there is something to look at.
 */
export class SessionDesk {
  readonly note: SummaryNote;
  /** Those of the attachment that there is. */
  deadlines?: PermissionDeadlines;
  private readonly waiting = new Set<() => void>();
  /** Up to which revisions there is something to know: a fold as new as that needs no look at the store. */
  private readonly known = { task: 0n, session: 0n };
  private answerMs = 0;

  constructor(
    readonly taskId: string,
    readonly sessionId: string,
    private readonly tools: DeskTools,
  ) {
    const { taskExecutor, executor, clock, log } = tools;
    this.note = new SummaryNote(
      { taskId, sessionId },
      { tasks: taskExecutor, sessions: executor, clock },
      log,
      () => this.known.session,
      (ms) => this.apart(ms),
    );
  }

  /** The session's stream, or its task's, has an event with this revision. */
  heard(of: 'session' | 'task', revision: bigint): void {
    if (revision > this.known[of]) this.known[of] = revision;
    this.poke();
  }

  poke(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  /** Resolves at the next poke, or when the signal aborts. */
  nextPoke(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const unlisten = onAbort(signal, resolve);
      this.waiting.add(() => {
        unlisten();
        resolve();
      });
    });
  }

  /** The session with all that is known of it here. What others have stored meanwhile is heard of, or refuses an append. */
  session(): Promise<Versioned<Session>> {
    return this.tools.sessions.load(this.sessionId, this.known.session);
  }

  /** The task, likewise. */
  task(): Promise<VersionedTask> {
    return this.tools.tasks.load(this.taskId, this.known.task);
  }

  /** Stores that the agent behind the channel is attended to. */
  attach(
    { instance, agentSessionId, choices, how: attached }: SessionChannel,
    how = attached,
  ): Promise<Session> {
    return this.execute({
      type: 'Attach',
      how,
      instance,
      agentSessionId,
      choices: choices && { ...choices, modes: [...choices.modes], models: [...choices.models] },
      at: this.now(),
    });
  }

  async execute(command: SessionCommand): Promise<Session> {
    return (await this.carryOut(command)).session;
  }

  /** Carries out a command, and has the task's record say what others see of it. `events`: how many it came to. */
  async carryOut(command: SessionCommand): Promise<{ session: Session; events: number }> {
    const point = POINT_OF[command.type as keyof typeof POINT_OF] as
      (typeof POINT_OF)[keyof typeof POINT_OF] | undefined;
    if (point) tracePoint(`${point}.before-append`, this.taskId);
    const { clock } = this.tools;
    const begun = clock.now().getTime();
    const { fold, events } = await this.whenNotTooBusy(command);
    if (point) tracePoint(`${point}.after-append`, this.taskId);
    this.answerMs = clock.now().getTime() - begun;
    this.note.changed();
    this.deadlines?.arm(fold.state!);
    return { session: fold.state!, events: events.length };
  }

  /** How long to gather what can wait, in milliseconds: a store that has much to do is given less of it. */
  apart(ms: number): number {
    return Math.max(ms, Math.min(ANSWERS_APART * this.answerMs, MOST_APART_MS));
  }

  now(): string {
    return this.tools.clock.now().toISOString();
  }

  /** That many others ask for something at once is no reason to let go of the agent. */
  private async whenNotTooBusy(command: SessionCommand) {
    for (;;) {
      try {
        // Of a stream that is not there yet there is nothing to read: an append that begins it finds out if it is.
        const atLeastRevision = command.type === 'Open' ? NOTHING_YET.revision : 0n;
        const context = { ...newContext('session'), atLeastRevision };
        return await this.tools.executor.execute(this.sessionId, command, context);
      } catch (error) {
        if (!(error instanceof TooBusyError)) throw error;
        await this.tools.clock.sleep(BUSY_MS);
      }
    }
  }
}
