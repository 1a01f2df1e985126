import { SlipwayError, type TaskRecord } from '@slipway/client';
import { legalActions } from './legal.js';

export type BulkAction = 'archive' | 'kill';

/** What came of doing it to several tasks. */
export interface BulkOutcome {
  readonly done: readonly string[];
  /** Whose work is on no remote, with what the service says of it: nobody has given it up yet. */
  readonly unpushed: readonly Trouble[];
  readonly failed: readonly Trouble[];
}
export interface Trouble {
  readonly task: TaskRecord;
  readonly reason: string;
}

/** Those that it can be done to: what is killed already is not killed again. */
export const takes = (tasks: readonly TaskRecord[], action: BulkAction): readonly TaskRecord[] =>
  tasks.filter((task) => legalActions(task)[action]);

/** So many at a time: the service has others to serve. */
const AT_A_TIME = 4;

/** Does it to one after the other, a few at a time. Never rejects: what became of each is told. */
export async function doToAll(
  tasks: readonly TaskRecord[],
  act: (task: TaskRecord) => Promise<TaskRecord>,
  onDone: (task: TaskRecord) => void,
): Promise<BulkOutcome> {
  const done: string[] = [];
  const unpushed: Trouble[] = [];
  const failed: Trouble[] = [];
  const rest = [...tasks];
  const work = async () => {
    for (let task = rest.shift(); task !== undefined; task = rest.shift()) {
      try {
        onDone(await act(task));
        done.push(task.taskId);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const isUnpushed = error instanceof SlipwayError && error.code === 'unpushed_work';
        (isUnpushed ? unpushed : failed).push({ task, reason });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return { done, unpushed, failed };
}
