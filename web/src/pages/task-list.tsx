import { memo, useEffect, useState } from 'react';
import { reasonOf } from '../api/api.js';
import type { TaskRecord } from '@slipway/client';
import { Attention } from '../live/attention.js';
import { useTitle } from '../live/use-title.js';
import { Link, navigate } from '../router.js';
import { age } from '../task/format.js';
import { ACTIVITY_FILTERS, STATUS_FILTERS } from '../task/filter.js';
import { repositoryName, titleOf } from '../task/vocabulary.js';
import { needsYouFirst } from '../task/needs-you.js';
import { TaskBadge } from '../ui/badge.js';
import { Icon } from '../ui/icon.js';
import { Notice } from '../ui/notice.js';
import { StageBar } from '../task/stage-bar.js';
import { useNow } from '../ui/use-now.js';
import { inWorkspace } from '../workspace.js';
import { useTaskList } from './use-task-list.js';
import { WorkspaceSwitch } from './workspace-switch.js';

const TYPING_PAUSE_MS = 200;

/** The workspace's tasks. The filter is part of the address, so that it can be kept and passed on. */
export function TaskListPage({ workspace, url }: { workspace: string; url: URL }) {
  const status = url.searchParams.get('status');
  const text = url.searchParams.get('q');
  const activity = url.searchParams.get('activity');
  const needsYou = url.searchParams.get('needsYou') === 'true';
  const { tasks, loading, error, showMore } = useTaskList(workspace, { status, text, activity, needsYou });
  const youngest = tasks[0] ? Date.parse(tasks[0].createdAt) : 0;
  const now = useNow(Date.now() - youngest < 120_000 ? 1_000 : 30_000);
  useTitle('');

  const filter = (name: string, value: string) => {
    const next = new URL(url);
    if (value === '') next.searchParams.delete(name);
    else next.searchParams.set(name, value);
    navigate(next.pathname + next.search, { replace: true });
  };
  return (
    <main id="main" className="list-page">
      <div className="page-head">
        <h1 tabIndex={-1}>Tasks</h1>
        <WorkspaceSwitch workspace={workspace} />
        <Attention waiting={tasks.filter(({ needsYou }) => needsYou).length} />
      </div>
      <div className="filters" role="search">
        <SearchField text={text ?? ''} onChange={(value) => filter('q', value)} />
        <div className="chips" role="group" aria-label="Status">
          {STATUS_FILTERS.map(({ label, value }) => (
            <button
              key={label}
              type="button"
              className="chip"
              aria-pressed={(status ?? '') === value}
              onClick={() => filter('status', value)}
            >
              {label}
            </button>
          ))}
          <button
            type="button"
            className="chip"
            aria-pressed={needsYou}
            onClick={() => filter('needsYou', needsYou ? '' : 'true')}
          >
            Needs you
          </button>
        </div>
        <label className="choice">
          <span className="visually-hidden">What they are doing</span>
          <select value={activity ?? ''} onChange={({ target }) => filter('activity', target.value)}>
            {ACTIVITY_FILTERS.map(({ label, value }) => (
              <option key={label} value={value}>
                {label}
              </option>
            ))}
            {!ACTIVITY_FILTERS.some(({ value }) => value === (activity ?? '')) && (
              <option value={activity ?? ''}>{activity}</option>
            )}
          </select>
        </label>
      </div>
      {error !== undefined && <Notice title="The tasks could not be read">{reasonOf(error)}</Notice>}
      <ul className="tasks" aria-label="Tasks: those that need you, then the newest" aria-busy={loading}>
        {needsYouFirst(tasks).map((task) => (
          <TaskRow key={task.taskId} task={task} age={age(now - Date.parse(task.createdAt))} />
        ))}
      </ul>
      {tasks.length === 0 && !loading && error === undefined && (
        <Empty
          filtered={status !== null || text !== null || activity !== null || needsYou}
          workspace={workspace}
        />
      )}
      {showMore && (
        <button type="button" className="button more" disabled={loading} onClick={showMore}>
          Show older tasks
        </button>
      )}
    </main>
  );
}

const TaskRow = memo(function TaskRow({ task, age }: { task: TaskRecord; age: string }) {
  return (
    <li>
      <Link className="task-row" data-needs-you={task.needsYou} href={`/tasks/${task.taskId}`}>
        <span className="task-title" dir="auto">
          {task.needsYou && <span className="visually-hidden">Needs you: </span>}
          {titleOf(task)}
        </span>
        <span className="task-where">
          <span className="repo">{repositoryName(task.repoRemote)}</span>
          <span className="branch">
            <Icon name="branch" />
            {task.branchName ?? <span className="none">no branch yet</span>}
          </span>
        </span>
        <TaskBadge task={task} />
        <StageBar task={task} />
        <time className="age" dateTime={task.createdAt} title={new Date(task.createdAt).toLocaleString()}>
          {age}
        </time>
      </Link>
    </li>
  );
});

function SearchField({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => typed.trim() !== text && onChange(typed.trim()), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <label className="field inline grow">
      <span className="visually-hidden">Find by text</span>
      <input
        type="search"
        placeholder="Find by title, prompt, repository or branch"
        value={typed}
        maxLength={200}
        onChange={(event) => setTyped(event.target.value)}
      />
    </label>
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
