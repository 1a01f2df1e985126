import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Logger } from 'pino';
import type { Limits } from '../access/limits.js';
import { WorkspaceLimits } from '../access/workspace-limits.js';
import { newContext, TaskExecutor } from '../commands/executor.js';
import type { WaitsFor } from '../events/task/vocabulary.js';
import { aborted } from '../platform/aborts.js';
import { ADVISORY_LOCKS } from '../platform/advisory-locks.js';
import { Background } from '../platform/background.js';
import { pause, type Clock } from '../platform/clock.js';
import { CLOCK, DATABASE_URL, LOGGER } from '../platform/tokens.js';
import { PgSession } from '../projections/database/pg-session.js';
import { waitForLock } from '../projections/database/wait-for-lock.js';
import { Feed, type Update } from '../projections/feed/feed.js';
import { WorkspaceRoom, type RoomTaken, type WaitingTask } from '../projections/queries/workspace-room.js';

const RETRY_MS = 1_000;
/** So often all workspaces in which tasks wait are looked at, whatever was heard of them: a day has passed, say. */
const SWEEP_MS = 30_000;
/** So many that wait are looked at in a round. */
const MOST_IN_A_ROUND = 200;
/** The rows are waited for so long, to have what was stored for the workspace's tasks here. */
const ROWS_LIMIT_MS = 5_000;

const GONE = ['archived', 'sleeping', 'killed'];

/**
 * Lets tasks that wait begin, first come, first served in each workspace, as soon as there is room: one process among all
 * with the role api, for one that only projects changes no task (a log may be on its way into its store), told by its feed when a task waits or leaves. Who waits and how full it is are read from the rows at one
 * moment, and those that were let in are waited for in them before anybody else is. So nothing is remembered here that a
 * kill could lose, and what another process let in already is found in its stream and counted.
 */
@Injectable()
export class Admissions implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly background = new Background();
  private readonly due = new Set<string>();
  /** By workspace: the rows have to be as far as this. */
  private readonly letInAt = new Map<string, bigint>();
  private wake: () => void = () => undefined;

  constructor(
    @Inject(DATABASE_URL) private readonly databaseUrl: string,
    @Inject(WorkspaceRoom) private readonly room: WorkspaceRoom,
    @Inject(WorkspaceLimits) private readonly limits: WorkspaceLimits,
    @Inject(Feed) private readonly feed: Feed,
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.background.keep(this.run());
  }

  beforeApplicationShutdown(): Promise<void> {
    const stopped = this.background.stop();
    this.wake();
    return stopped;
  }

  private async run(): Promise<void> {
    const { signal } = this.background;
    const stopListening = [
      this.feed.listen((updates) => this.hear(updates)),
      this.limits.onChange((ids) => this.want(ids)),
    ];
    await Promise.race([this.feed.whenStarted, aborted(signal)]);
    while (!signal.aborted) {
      try {
        await this.lead();
      } catch (error) {
        this.log.debug({ err: error }, 'tasks that wait cannot be let in just now');
      }
      await pause(RETRY_MS, signal);
    }
    for (const stop of stopListening) stop();
  }

  /** Until the lock is lost, or the process ends. */
  private async lead(): Promise<void> {
    const { signal } = this.background;
    const session = await PgSession.open(this.databaseUrl, 'slipway-admissions');
    try {
      if (!(await waitForLock(session, ADVISORY_LOCKS.admissions, signal))) return;
      void session.gone.then(() => this.wake());
      await this.limits.loaded;
      while (session.alive && !signal.aborted) {
        this.want(await this.room.withWaiting());
        const sweep = this.clock.now().getTime() + SWEEP_MS;
        while (session.alive && !signal.aborted && this.clock.now().getTime() < sweep) {
          await this.rounds(session);
          await this.somethingDue(sweep - this.clock.now().getTime());
        }
      }
    } finally {
      session.close();
    }
  }

  /** Tasks that wait, and tasks that have left room. */
  private hear(updates: readonly Update[]): void {
    for (const { workspaceId, isQueued, status } of updates)
      if (isQueued || (GONE.includes(status) && this.limits.holdsBack(workspaceId))) this.want([workspaceId]);
  }

  private want(workspaceIds: readonly string[]): void {
    for (const id of workspaceIds) this.due.add(id);
    if (this.due.size > 0) this.wake();
  }

  private async somethingDue(limitMs: number): Promise<void> {
    if (this.due.size > 0 || this.background.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(limitMs, 0));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async rounds(session: PgSession): Promise<void> {
    while (this.due.size > 0 && session.alive && !this.background.signal.aborted) {
      const [workspaceId] = this.due;
      this.due.delete(workspaceId!);
      try {
        await this.round(workspaceId!);
      } catch (error) {
        // The rows or the event store are away: the next sweep, at the latest, comes back to it.
        this.log.debug({ err: error, workspaceId }, 'tasks that wait cannot be let in just now');
      }
    }
  }

  private async round(workspaceId: string): Promise<void> {
    const since = this.letInAt.get(workspaceId);
    if (since !== undefined && !(await this.feed.waitFor(since, ROWS_LIMIT_MS)))
      return void this.due.add(workspaceId);
    this.letInAt.delete(workspaceId);
    const limits = this.limits.of(workspaceId);
    const taken = await this.room.taken(workspaceId, MOST_IN_A_ROUND, limits.agentMinutesPerDay !== null);
    let room = roomIn(limits, taken);
    for (const [index, task] of taken.waiting.entries()) {
      if (this.background.signal.aborted) return;
      const full = fullOf(room, limits, task);
      if (full !== null) return this.tell(taken.waiting.slice(index), full);
      if (await this.letIn(workspaceId, task.taskId))
        room = { ...room, liveTasks: room.liveTasks - 1, sessions: room.sessions - task.sessions };
    }
    if (taken.waiting.length === MOST_IN_A_ROUND) this.due.add(workspaceId);
  }

  /** Whether it has room now, also where somebody else gave it that: false for one that has left meanwhile. */
  private async letIn(workspaceId: string, taskId: string): Promise<boolean> {
    const at = this.clock.now().toISOString();
    const { fold } = await this.executor.execute(taskId, { type: 'AdmitTask', at }, newContext('admissions'));
    const least = this.letInAt.get(workspaceId) ?? 0n;
    if (fold.position > least) this.letInAt.set(workspaceId, fold.position);
    return fold.state?.admitted ?? false;
  }

  /** What they wait for, once each: where they stand is told to whoever reads. */
  private async tell(waiting: readonly WaitingTask[], full: { for: WaitsFor; limit: number }): Promise<void> {
    for (const { taskId, told } of waiting) {
      if (this.background.signal.aborted) return;
      if (told) continue;
      const command = { type: 'QueueTask', ...full, at: this.clock.now().toISOString() } as const;
      await this.executor.execute(taskId, command, newContext('admissions'));
    }
  }
}

/** What is left of each limit. */
interface Left {
  readonly liveTasks: number;
  readonly sessions: number;
  readonly agentMs: number;
}

const roomIn = (limits: Limits, { liveTasks, sessions, agentMs }: RoomTaken): Left => ({
  liveTasks: (limits.liveTasks ?? Infinity) - liveTasks,
  sessions: (limits.sessions ?? Infinity) - sessions,
  agentMs: (limits.agentMinutesPerDay ?? Infinity) * 60_000 - agentMs,
});

/** The limit that keeps the task waiting, or null. */
function fullOf(left: Left, limits: Limits, task: WaitingTask): { for: WaitsFor; limit: number } | null {
  if (left.liveTasks < 1) return { for: 'live_tasks', limit: limits.liveTasks! };
  if (left.sessions < task.sessions) return { for: 'sessions', limit: limits.sessions! };
  return left.agentMs <= 0 ? { for: 'agent_minutes', limit: limits.agentMinutesPerDay! } : null;
}
