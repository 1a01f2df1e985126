import { isAfter, type TaskRecord } from '@slipway/client';

const FRAME_MS = 16;

/** The newest known record of each task, from whichever source: a record replaces another only by a later position. */
export class TaskStore {
  private readonly tasks = new Map<string, TaskRecord>();
  private snapshot: ReadonlyMap<string, TaskRecord> = new Map();
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly get = (taskId: string): TaskRecord | undefined => this.tasks.get(taskId);
  /** All records; another map whenever listeners are told of a change. */
  readonly all = (): ReadonlyMap<string, TaskRecord> => this.snapshot;

  readonly apply = (...records: readonly TaskRecord[]): void => {
    let changed = false;
    for (const record of records) {
      const known = this.tasks.get(record.taskId);
      if (known !== undefined && !isAfter(record.position, known.position)) continue;
      this.tasks.set(record.taskId, record);
      changed = true;
    }
    // A burst of frames is one rendering.
    if (changed) this.timer ??= setTimeout(this.announce, FRAME_MS);
  };

  /** Forgets what a topic covers: what comes next may be of another log, with lower positions. */
  readonly forget = (topic: string): void => {
    for (const { taskId, workspaceId } of this.tasks.values())
      if (topic === `task:${taskId}` || topic === `workspace:${workspaceId}`) this.tasks.delete(taskId);
    this.timer ??= setTimeout(this.announce, FRAME_MS);
  };

  /** Tells listeners now what they would be told in a moment. */
  readonly announce = (): void => {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.snapshot = new Map(this.tasks);
    for (const listener of this.listeners) listener();
  };
}
