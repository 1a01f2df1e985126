import { Injectable } from '@nestjs/common';
import { traceparentOf, type StoredEvent } from '../../events/stored-event.js';
import { erased } from '../../events/task/erased.js';
import { nextSleepStep } from '../../events/task/lifecycle.js';
import type { TaskRecord } from '../../events/task/task-record.js';
import type { Task, VersionedTask } from '../../events/task/task-state.js';
import type { TaskStatus } from '../../events/task/vocabulary.js';
import { toShortRecord } from '../definitions/tasks.projection.js';

/** A task as of one event that is readable: what live clients are sent. */
export class Update {
  private made?: TaskRecord;

  constructor(
    private readonly task: Task,
    private readonly revision: bigint,
    readonly position: bigint,
    /** Of the event, where anybody keeps traces. */
    readonly traceparent?: string,
  ) {}

  /** Null where there is no task to show. @param stored the event, where it is at hand */
  static of({ state, revision, position }: VersionedTask, stored?: StoredEvent): Update | null {
    return state === null ? null : new Update(state, revision, position, stored && traceparentOf(stored));
  }

  get taskId(): string {
    return this.task.taskId;
  }

  get status(): TaskStatus {
    return this.task.status;
  }

  /** Whether what was said in it is erased. */
  get isErased(): boolean {
    return this.task.erased ?? false;
  }

  /** The same without what was said. */
  erased(): Update {
    return new Update(erased(this.task), this.revision, this.position);
  }

  /** Whether it waits for room. */
  get isQueued(): boolean {
    return this.task.queued !== null;
  }

  /** When something is to be done about its sandbox's deadline, in milliseconds since 1970; null: never. */
  get nextSleepStep(): number | null {
    const at = nextSleepStep(this.task);
    return at === null ? null : Date.parse(at);
  }

  get workspaceId(): string {
    return this.task.workspaceId;
  }

  /** Made when somebody wants to see it: most are seen by nobody. */
  get record(): TaskRecord {
    const { task: state, revision, position } = this;
    return (this.made ??= toShortRecord({ state, revision, position })!);
  }

  /** Characters of text that it holds, roughly. */
  get size(): number {
    return this.task.task.length;
  }
}

/** Updates kept for those who come back: at most so many, and so many characters, roughly. */
const KEPT_UPDATES = 20_000;
const KEPT_SIZE = 32_000_000;
const UPDATE_OVERHEAD = 1_500;

type FeedListener = (updates: readonly Update[]) => void;

/**
 * The updates of this process, after their commit, in rising position without a gap: from the projector
 * where it runs here, from the history where it does not. The last ones are kept.
 */
@Injectable()
export class Feed {
  private readonly listeners = new Set<FeedListener>();
  private readonly waiters = new Set<{ position: bigint; resolve: (reached: boolean) => void }>();
  private readonly restartListeners = new Set<() => void>();
  private readonly advanceListeners = new Set<() => void>();
  private kept: Update[] = [];
  private keptSize = 0;
  /** Everything after this position, and up to `position`, is kept. */
  private floor: bigint | undefined;
  private current = 0n;
  private markStarted!: () => void;
  /** Resolves when the feed knows where the rows are: not while PostgreSQL has never been there. */
  readonly whenStarted = new Promise<void>((resolve) => (this.markStarted = resolve));

  /** Rows up to here are known, in this process, to be readable. */
  get position(): bigint {
    return this.current;
  }

  /** False until the feed knows where the rows are. */
  get started(): boolean {
    return this.floor !== undefined;
  }

  /** The feed begins here: what was before is in the rows. */
  start(position: bigint): void {
    this.floor = position;
    this.advance(position);
    this.markStarted();
  }

  /**
   * The rows are not where the feed is, because others were put in their place (a restored database, an empty one): the
   * feed begins anew where they are, and whatever follows there is told, though much of it may have been told before.
   */
  restart(position: bigint): void {
    this.kept = [];
    this.keptSize = 0;
    this.start(position);
    for (const listener of this.restartListeners) listener();
  }

  /**
   * Takes the updates between two positions, if `from` is where the feed is; else answers false and takes
   * nothing, for there would be a gap or a repetition.
   */
  publish(from: bigint, to: bigint, updates: readonly Update[]): boolean {
    if (!this.started || from !== this.current) return false;
    for (const update of updates) {
      if (update.isErased) this.eraseKept(update.taskId);
      this.kept.push(update);
      this.keptSize += sizeOf(update);
    }
    this.forgetOldest();
    this.advance(to);
    if (updates.length > 0) for (const listener of this.listeners) listener(updates);
    return true;
  }

  /** All updates after the position, or null when the feed does not reach back that far. */
  since(after: bigint): readonly Update[] | null {
    if (this.floor === undefined || after < this.floor) return null;
    let low = 0;
    let high = this.kept.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.kept[middle]!.position <= after) low = middle + 1;
      else high = middle;
    }
    return this.kept.slice(low);
  }

  /** Calls with every batch of updates from now on, until the returned function is called. */
  listen(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Calls whenever the rows have come further, whatever was changed, until the returned function is called. */
  onAdvance(listener: () => void): () => void {
    this.advanceListeners.add(listener);
    return () => this.advanceListeners.delete(listener);
  }

  /** Calls whenever the feed has begun anew, until the returned function is called. */
  onRestart(listener: () => void): () => void {
    this.restartListeners.add(listener);
    return () => this.restartListeners.delete(listener);
  }

  /** Resolves with whether the rows have come as far as the position within the time (in milliseconds). */
  waitFor(position: bigint, timeoutMs: number): Promise<boolean> {
    if (this.current >= position) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter = {
        position,
        resolve: (reached: boolean) => {
          clearTimeout(timer);
          this.waiters.delete(waiter);
          resolve(reached);
        },
      };
      const timer = setTimeout(() => waiter.resolve(false), timeoutMs);
      this.waiters.add(waiter);
    });
  }

  private advance(position: bigint): void {
    this.current = position;
    for (const waiter of this.waiters) if (waiter.position <= position) waiter.resolve(true);
    for (const listener of this.advanceListeners) listener();
  }

  /** Who comes back is told of every change of the task, and of none what was said. */
  private eraseKept(taskId: string): void {
    this.kept = this.kept.map((update) => (update.taskId === taskId ? update.erased() : update));
    this.keptSize = this.kept.reduce((sum, update) => sum + sizeOf(update), 0);
  }

  private forgetOldest(): void {
    if (this.kept.length <= KEPT_UPDATES && this.keptSize <= KEPT_SIZE) return;
    // A tenth at a time, so that it is not done for every update.
    let count = 0;
    const leaves = () => this.kept.length - count > KEPT_UPDATES * 0.9 || this.keptSize > KEPT_SIZE * 0.9;
    while (count < this.kept.length && leaves()) this.keptSize -= sizeOf(this.kept[count++]!);
    if (count === 0) return;
    this.floor = this.kept[count - 1]!.position;
    this.kept = this.kept.slice(count);
  }
}

const sizeOf = ({ size }: Update): number => UPDATE_OVERHEAD + size;
