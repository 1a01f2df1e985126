import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { isAfter, type Page, type TaskRecord } from '@slipway/client';
import { api, serviceNow } from '../api/api.js';
import { store, useTopic } from '../live/live.js';
import { isNarrowed, matches, queryOf, type TaskFilter } from '../task/filter.js';
import { useTries } from '../ui/use-resource.js';

export interface TaskList {
  readonly tasks: readonly TaskRecord[];
  readonly loading: boolean;
  readonly error: unknown;
  /** Null when everything is shown. */
  readonly showMore: (() => void) | null;
}

interface Loaded {
  /** Of which question these are the answers. */
  readonly key: string;
  readonly ids: ReadonlySet<string>;
  /** Creation time of the oldest task that was read: older ones come with the next page. */
  readonly oldest: string;
  readonly next: string | null;
}

/** What was last shown outlives the page: whoever comes back finds the list as it was, and where they were in it. */
let left: { readonly loaded: Loaded; readonly known: string } | null = null;

/** The workspace's tasks, newest first: pages as they are asked for, and live from then on. */
export function useTaskList(workspace: string, filter: TaskFilter): TaskList {
  const key = JSON.stringify([workspace, filter]);
  const [loaded, setLoaded] = useState<Loaded | null>(left?.loaded.key === key ? left.loaded : null);
  const [known, setKnown] = useState<string | null>(left?.loaded.key === key ? left.known : null);
  const [error, setError] = useState<unknown>();
  const [loading, setLoading] = useState(loaded === null);
  const tries = useTries(error !== undefined);
  const records = useSyncExternalStore(store.subscribe, store.all);
  const latest = useRef(key);
  latest.current = key;

  const read = (before: Loaded | null) => {
    setLoading(true);
    firstKnown(workspace, filter, known)
      .then(async (start) => {
        const [{ items, next }, waiting] = await Promise.all([
          listTasks(workspace, filter, before?.next ?? null),
          before === null ? tasksThatNeedSomebody(workspace) : [],
        ]);
        store.apply(...items, ...waiting);
        store.announce();
        // What changed since the first answer comes over the connection, whichever question is asked later.
        setKnown((already) => already ?? start ?? items.reduce(latestPosition, '0'));
        if (latest.current !== key) return;
        setError(undefined);
        const ids = new Set([...(before?.ids ?? []), ...items.map(({ taskId }) => taskId)]);
        setLoaded({ key, ids, oldest: items.at(-1)?.createdAt ?? '', next });
      })
      .catch((reason: unknown) => latest.current === key && setError(reason))
      .finally(() => latest.current === key && setLoading(false));
  };
  useEffect(() => {
    const own = loaded?.key === key ? loaded : null;
    if (own === null || error !== undefined) read(own);
  }, [key, tries]);
  useEffect(() => {
    if (loaded !== null && known !== null) left = { loaded, known };
  }, [loaded, known]);

  useTopic(known === null ? null : `workspace:${workspace}`, known ?? undefined);

  const tasks = useMemo(() => {
    if (loaded === null) return [];
    const now = serviceNow();
    const isFound = (task: TaskRecord) =>
      matches(task, filter, now) ||
      // The service looks into more of a task than is shown of it.
      (loaded.key === key && loaded.ids.has(task.taskId) && matches(task, { ...filter, text: null }, now));
    return [...records.values()]
      .filter(
        (task) =>
          task.workspaceId === workspace &&
          isFound(task) &&
          (loaded.next === null || task.createdAt >= loaded.oldest || task.needsYou),
      )
      .sort((a, b) => compare(b.createdAt, a.createdAt) || compare(b.taskId, a.taskId));
  }, [records, loaded, key]);
  const showMore = loaded?.key === key && loaded.next !== null ? () => read(loaded) : null;
  return { tasks, loading, error, showMore };
}

/**
 * A page is complete up to the latest change in it. A filtered one does not tell how far that is, so before the
 * first of those the newest task is asked for. Undefined where the page itself will tell.
 */
async function firstKnown(
  workspaceId: string,
  filter: TaskFilter,
  known: string | null,
): Promise<string | undefined> {
  if (known !== null || !isNarrowed(filter)) return undefined;
  const { items } = await api.listTasks({ workspaceId, limit: 1 });
  return items[0]?.position;
}

const listTasks = (
  workspaceId: string,
  filter: TaskFilter,
  cursor: string | null,
): Promise<Page<TaskRecord>> =>
  api.listTasks({ workspaceId, ...queryOf(filter, serviceNow()), cursor: cursor ?? undefined, limit: 50 });

/** Those come first, however old they are. */
async function tasksThatNeedSomebody(workspaceId: string): Promise<readonly TaskRecord[]> {
  return (await api.listTasks({ workspaceId, needsYou: true, limit: 200 })).items;
}

const latestPosition = (last: string, { position }: TaskRecord): string =>
  isAfter(position, last) ? position : last;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
