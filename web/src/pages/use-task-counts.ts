import type { TaskCounts } from '@slipway/client';
import { useEffect, useState } from 'react';
import { api, serviceNow } from '../api/api.js';
import { store } from '../live/live.js';
import { queryOf, type TaskFilter } from '../task/filter.js';

/** At most so often is counted while tasks change; a page on which nothing happens asks for nothing. */
const EVERY_MS = 2_000;

/** How many of the workspace's tasks the filter means; undefined until that is known, and where it cannot be found out. */
export function useTaskCounts(workspaceId: string, filter: TaskFilter): TaskCounts | undefined {
  const [counts, setCounts] = useState<TaskCounts>();
  const key = JSON.stringify([workspaceId, filter]);
  useEffect(() => {
    const over = new AbortController();
    const count = () =>
      api.countTasks({ workspaceId, ...queryOf(filter, serviceNow()) }, { signal: over.signal }).then(
        (found) => over.signal.aborted || setCounts(found),
        // The list says what is wrong; with the next change it is tried again.
        () => undefined,
      );
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const leave = store.subscribe(() => {
      waiting ??= setTimeout(() => {
        waiting = undefined;
        void count();
      }, EVERY_MS);
    });
    void count();
    return () => {
      over.abort();
      clearTimeout(waiting);
      leave();
    };
  }, [key]);
  return counts;
}
