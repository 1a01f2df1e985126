import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { api, reasonOf } from '../api/api.js';
import { Attention } from '../live/attention.js';
import { useTitle } from '../live/use-title.js';
import { Link, navigate } from '../router.js';
import { FILTER_NAMES, filterOf, isNarrowed, type FilterName } from '../task/filter.js';
import { age } from '../task/format.js';
import { needsYouFirst } from '../task/needs-you.js';
import { Icon } from '../ui/icon.js';
import { Notice } from '../ui/notice.js';
import { useNow } from '../ui/use-now.js';
import { useResource } from '../ui/use-resource.js';
import { inWorkspace, rememberList } from '../workspace.js';
import { BulkBar } from './bulk-bar.js';
import { ListFilters } from './list-filters.js';
import { TaskRow } from './task-row.js';
import { useTaskCounts } from './use-task-counts.js';
import { useTaskList } from './use-task-list.js';
import { WorkspaceSwitch } from './workspace-switch.js';

/** The workspace's tasks. The filter is part of the address, so that it can be kept and passed on. */
export function TaskListPage({ workspace, url }: { workspace: string; url: URL }) {
  const filter = filterOf(url);
  const { tasks, loading, error, showMore } = useTaskList(workspace, filter);
  const counts = useTaskCounts(workspace, filter);
  const projects =
    useResource(workspace, (signal) => api.listProjects({ workspaceId: workspace, limit: 200 }, { signal }))
      .data?.items ?? [];
  /** Null as long as tasks are only looked at. */
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null);
  const youngest = tasks[0] ? Date.parse(tasks[0].createdAt) : 0;
  const now = useNow(Date.now() - youngest < 120_000 ? 1_000 : 30_000);
  useTitle('');
  const address = url.pathname + url.search;
  useEffect(() => rememberList(address), [address]);

  const change = (names: readonly FilterName[], value: string) => {
    const next = new URL(url);
    for (const name of names)
      if (value === '') next.searchParams.delete(name);
      else next.searchParams.set(name, value);
    navigate(next.pathname + next.search, { replace: true });
  };
  const choose = useCallback(
    (taskId: string, isChosen: boolean) =>
      setChosen(
        (before) => new Set([...(before ?? [])].filter((id) => id !== taskId).concat(isChosen ? taskId : [])),
      ),
    [],
  );
  const shown = useMemo(() => needsYouFirst(tasks), [tasks]);
  return (
    <main id="main" className="list-page">
      <div className="page-head">
        <h1 tabIndex={-1}>Tasks</h1>
        <WorkspaceSwitch workspace={workspace} />
        <Attention waiting={tasks.filter(({ needsYou }) => needsYou).length} />
      </div>
      <ListFilters
        filter={filter}
        counts={counts}
        projects={projects}
        onFilter={(name, value) => change([name], value)}
        onClear={() => change(FILTER_NAMES, '')}
        onChooseSeveral={chosen === null && tasks.length > 0 ? () => setChosen(new Set()) : null}
      />
      {error !== undefined && <Notice title="The tasks could not be read">{reasonOf(error)}</Notice>}
      {chosen !== null && (
        <BulkBar
          shown={shown}
          chosen={chosen}
          onChoose={(taskIds) => setChosen(new Set(taskIds))}
          onEnd={() => setChosen(null)}
        />
      )}
      <ul className="tasks" aria-label="Tasks: those that need you, then the newest" aria-busy={loading}>
        {shown.map((task) => (
          <TaskRow
            key={task.taskId}
            task={task}
            age={age(now - Date.parse(task.createdAt))}
            isChosen={chosen?.has(task.taskId) ?? null}
            onChoose={choose}
          />
        ))}
      </ul>
      {tasks.length === 0 && !loading && error === undefined && (
        <Empty filtered={isNarrowed(filter)} workspace={workspace} />
      )}
      {showMore && <More busy={loading} onMore={showMore} />}
    </main>
  );
}

/** Further tasks come when the end of the list comes near; the button is for who moves without scrolling. */
function More({ busy, onMore }: { busy: boolean; onMore: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  const latest = useRef(onMore);
  latest.current = onMore;
  useEffect(() => {
    if (busy) return;
    const watcher = new IntersectionObserver(
      ([entry]) => entry?.isIntersecting === true && latest.current(),
      { rootMargin: '600px' },
    );
    watcher.observe(button.current!);
    return () => watcher.disconnect();
  }, [busy]);
  return (
    <button ref={button} type="button" className="button more" disabled={busy} onClick={onMore}>
      Show older tasks
    </button>
  );
}

function Empty({ filtered, workspace }: { filtered: boolean; workspace: string }) {
  if (filtered) return <p className="empty">No task fits the filter. New ones appear here by themselves.</p>;
  return (
    <div className="empty">
      <p>
        <strong>Nothing on the slip.</strong> A task exists the moment you create it; sandbox, agent and
        session are fitted out while you watch.
      </p>
      <Link className="button primary" href={inWorkspace('/new', workspace)}>
        <Icon name="plus" />
        Create the first task
      </Link>
    </div>
  );
}
