import type { TaskRecord } from '../../events/task/task-record.js';
import type { Task, VersionedTask } from '../../events/task/task-state.js';
import { toShortRecord } from '../definitions/short-task.js';

/** A task as of one event that is readable: what live clients are sent. */
export class Update {
  private made?: TaskRecord;

  constructor(
    private readonly task: Task,
    private readonly revision: bigint,
    readonly position: bigint,
  ) {}

  /** Null where there is no task to show. */
  static of({ state, revision, position }: VersionedTask): Update | null {
    return state === null ? null : new Update(state, revision, position);
  }

  get taskId(): string {
    return this.task.taskId;
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
