import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ChangedFile, LeftOut } from '../../events/task/changes.js';
import { decode } from '../../events/task/fold.js';
import { taskStream, type TaskEvent } from '../../events/task/task-events.js';
import { changesSummary, type ChangesSummary, type TaskRecord } from '../../events/task/task-record.js';
import type { Task } from '../../events/task/task-state.js';
import { EVENT_STORE } from '../../platform/tokens.js';
import type { EventStore } from '../../store/event-store.js';
import { TaskStreams } from '../../store/aggregate-streams.js';
import { HistoryRow } from '../database/entities/history.row.js';
import { RowsDatabase } from '../database/rows-database.js';
import { RowsUnavailableError } from '../database/rows-unavailable.js';
import { taskAt } from './get-task-at.js';
import { ReadYourWrites } from './read-your-writes.js';
import { taskNotFound } from './task-not-found.js';

type ObservedEvent = Extract<TaskEvent, { type: 'ChangesObserved' }>;
type Observed = ObservedEvent['data'];

/** A task's changes as they were last seen, and whether a look failed or is due. */
export interface SeenChanges {
  readonly changes:
    | (ChangesSummary & {
        base: string;
        head: string | null;
        branch: string | null;
        items: ChangedFile[];
        left: LeftOut[];
        truncated: boolean;
      })
    | null;
  readonly problem: TaskRecord['changesProblem'];
  readonly refreshing: boolean;
}

export class GetChanges extends Query<SeenChanges> {
  constructor(
    readonly taskId: string,
    readonly minPosition?: string,
    /** As they were seen by then. */
    readonly at?: bigint | Date,
  ) {
    super();
  }
}

/** Answers from the stream's end and, for the files, the observation's row; from the stream where that is not written yet. */
@QueryHandler(GetChanges)
export class GetChangesHandler implements IQueryHandler<GetChanges> {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(TaskStreams) private readonly streams: TaskStreams,
    @Inject(RowsDatabase) private readonly database: RowsDatabase,
    @Inject(ReadYourWrites) private readonly readYourWrites: ReadYourWrites,
  ) {}

  async execute({ taskId, minPosition, at }: GetChanges): Promise<SeenChanges> {
    await this.readYourWrites.waitFor(minPosition);
    if (at !== undefined) return this.seenBy(taskId, at);
    const { state: task } = await this.streams.shown(taskId);
    if (task === null) throw taskNotFound(taskId);
    return {
      changes: await this.changesOf(task),
      problem: task.changesProblem,
      refreshing: task.changesAsked,
    };
  }

  private async seenBy(taskId: string, at: bigint | Date): Promise<SeenChanges> {
    const isObserved = (event: TaskEvent): event is ObservedEvent => event.type === 'ChangesObserved';
    const { fold, last } = await taskAt(this.store, taskId, at, isObserved);
    const task = fold.state!;
    return {
      changes: shownChanges(task, last?.data),
      problem: task.changesProblem,
      refreshing: task.changesAsked,
    };
  }

  private async changesOf(task: Task): Promise<SeenChanges['changes']> {
    if (task.changes === null) return null;
    const fromRow = await this.fromRow(task.taskId);
    return shownChanges(task, fromRow?.at === task.changes.at ? fromRow : await this.fromStream(task.taskId));
  }

  private async fromRow(taskId: string): Promise<Observed | undefined> {
    try {
      const row = await this.database.read((manager) =>
        manager
          .createQueryBuilder(HistoryRow, 'h')
          .where('h.taskId = :taskId AND h.type = :type', { taskId, type: 'ChangesObserved' })
          .orderBy('h.position', 'DESC')
          .limit(1)
          .getOne(),
      );
      return row?.data as Observed | undefined;
    } catch (error) {
      if (error instanceof RowsUnavailableError) return undefined;
      throw error;
    }
  }

  private async fromStream(taskId: string): Promise<Observed | undefined> {
    let last: Observed | undefined;
    for await (const stored of this.store.readStream(taskStream(taskId))) {
      if (stored.type !== 'ChangesObserved') continue;
      const event = decode(stored);
      if (event?.type === 'ChangesObserved') last = event.data;
    }
    return last;
  }
}

/** What a fold knows of its changes, with the files of the observation that it is from. */
function shownChanges(task: Task, seen: Observed | undefined): SeenChanges['changes'] {
  const summary = changesSummary(task);
  if (summary === null || task.changes === null) return null;
  const { base, head = null, branch = null, truncated } = task.changes;
  return { ...summary, base, head, branch, items: seen?.files ?? [], left: seen?.left ?? [], truncated };
}
