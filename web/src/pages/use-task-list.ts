import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { isAfter, type Activity, type Page, type TaskRecord, type TaskStatus } from '@slipway/client';
import { api } from '../api/api.js';
import { store, useTopic } from '../live/live.js';
import { matchesActivity, matchesStatus, matchesText } from '../task/filter.js';
import { useTries } from '../ui/use-resource.js';

export interface TaskFilter {
  /** One or more, separated by commas. */
  readonly status: string | null;
  readonly text: string | null;
  /** One or more, separated by commas. */
  readonly activity: string | null;
  /** Only tasks that wait for somebody. */
  readonly needsYou: boolean;
}

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

/** The workspace's tasks, newest first: pages as they are asked for, and live from then on. */
export function useTaskList(workspace: string, filter: TaskFilter): TaskList {
  const { status, text, activity, needsYou } = filter;
  const key = JSON.stringify([workspace, status, text, activity, needsYou]);
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [known, setKnown] = useState<string | null>(null);
  const [error, setError] = useState<unknown>();
  const [loading, setLoading] = useState(true);
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
  useEffect(() => read(null), [key, tries]);

  useTopic(known === null ? null : `workspace:${workspace}`, known ?? undefined);

  const tasks = useMemo(() => {
    if (loaded === null) return [];
    return [...records.values()]
      .filter(
        (task) =>
          task.workspaceId === workspace &&
          matchesStatus(task, status) &&
          matchesActivity(task, activity) &&
          (!needsYou || task.needsYou) &&
          (matchesText(task, text) || (loaded.key === key && loaded.ids.has(task.taskId))) &&
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
  workspace: string,
  filter: TaskFilter,
  known: string | null,
): Promise<string | undefined> {
  const { status, text, activity, needsYou } = filter;
  const isFiltered = status !== null || text !== null || activity !== null || needsYou;
  if (known !== null || !isFiltered) return undefined;
  const { items } = await listTasks(workspace, EVERYTHING, null, 1);
  return items[0]?.position;
}

const listTasks = (
  workspaceId: string,
  { status, text, activity, needsYou }: TaskFilter,
  cursor: string | null,
  limit = 50,
): Promise<Page<TaskRecord>> =>
  api.listTasks({
    workspaceId,
    // Whatever stands in the address; the service says what is wrong with it.
    status: status ? (status.split(',') as TaskStatus[]) : undefined,
    activity: activity ? (activity.split(',') as Activity[]) : undefined,
    needsYou: needsYou || undefined,
    q: text || undefined,
    cursor: cursor ?? undefined,
    limit,
  });

/** Those come first, however old they are. */
async function tasksThatNeedSomebody(workspaceId: string): Promise<readonly TaskRecord[]> {
  return (await api.listTasks({ workspaceId, needsYou: true, limit: 200 })).items;
}

const EVERYTHING: TaskFilter = { status: null, text: null, activity: null, needsYou: false };
const latestPosition = (last: string, { position }: TaskRecord): string =>
  isAfter(position, last) ? position : last;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
