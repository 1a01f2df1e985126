import { FAILURES } from '../../../src/events/failure-codes.js';
import { useEffect, useState } from 'react';
import { api, reasonOf } from '../api/api.js';
import type { TaskRecord } from '@slipway/client';
import { ChangesTab } from '../changes/changes-tab.js';
import { Delivery, PullRequestLink } from '../changes/delivery.js';
import { store, useTask, useTopic } from '../live/live.js';
import { useTitle } from '../live/use-title.js';
import { Link, navigate } from '../router.js';
import { Actions } from '../task/actions.js';
import { advice } from '../task/advice.js';
import { Details } from '../task/details.js';
import { FitOut } from '../task/fit-out.js';
import { History } from '../task/history.js';
import { Sessions } from '../task/sessions.js';
import { stageTimeline } from '../task/stage-timeline.js';
import { TimeTravel, usePastTask } from '../task/time-travel.js';
import { useHistory } from '../task/use-history.js';
import { useTypical } from '../task/use-typical.js';
import { repositoryName, STAGE_NAME, STATUS, titleOf } from '../task/vocabulary.js';
import { webAddress } from '../task/web-address.js';
import { TerminalTab } from '../terminal/terminal-tab.js';
import { Away } from '../ui/away.js';
import { StatusBadge } from '../ui/badge.js';
import { CopyButton } from '../ui/copy-button.js';
import { Icon } from '../ui/icon.js';
import { LogsView } from '../logs/logs-view.js';
import { Notice } from '../ui/notice.js';
import { Panel, Tabs } from '../ui/tabs.js';
import { useResource } from '../ui/use-resource.js';
import { listAddress } from '../workspace.js';
import { TaskNotShown } from './task-not-shown.js';

/** One task, now or (with `at`, a position of its history) as it was. */
export function TaskPage({ taskId, at }: { taskId: string; at: string | null }) {
  const live = useTask(taskId);
  // A task that was just created is known already; any other is read once and followed from there.
  const { error } = useResource(live === undefined ? taskId : null, async (signal) => {
    store.apply(await api.getTask(taskId, {}, { signal }));
  });
  useTopic(live === undefined ? null : `task:${taskId}`, live?.position);
  if (live === undefined) return <TaskNotShown error={error} />;
  return <KnownTask live={live} at={at} />;
}

/** The task with all of its prompt: what is pushed has the beginning of a long one only. It never changes, so it is read once. */
function useWholePrompt(live: TaskRecord): TaskRecord {
  const { taskId, taskTruncated } = live;
  const { data } = useResource(taskTruncated ? taskId : null, (signal) =>
    api.getTask(taskId, {}, { signal }),
  );
  return taskTruncated && data?.taskId === taskId ? { ...live, task: data.task } : live;
}

const TABS = ['Conversation', 'Changes', 'History', 'Logs', 'Terminal', 'Details'] as const;
type Tab = (typeof TABS)[number];

function KnownTask({ live, at }: { live: TaskRecord; at: string | null }) {
  const { taskId } = live;
  const history = useHistory(taskId, live.position);
  const { items } = history;
  const found = at === null ? -1 : items.findIndex(({ position }) => position === at);
  const pastTask = usePastTask(taskId, at);
  const past = at !== null && pastTask.task !== undefined;
  const whole = useWholePrompt(live);
  const task = pastTask.task ?? whole;
  const index = at !== null && found >= 0 ? found : items.length - 1;

  const [openedAt] = useState(at);
  const [tab, setTab] = useState<Tab>('Conversation');

  const goNow = () => navigate(`/tasks/${taskId}`, { replace: true });
  const go = (to: number) =>
    to >= items.length - 1
      ? goNow()
      : navigate(`/tasks/${taskId}?at=${items[to]!.position}`, { replace: true });
  useEscape(at !== null, goNow);

  const stages = stageTimeline(task, past ? items.slice(0, index + 1) : items);
  const typical = useTypical(task.providerId);
  useTitle(titleOf(live));

  // An address of the past does not begin by showing the present.
  if (at !== null && at === openedAt && !past && pastTask.error === undefined)
    return <TaskNotShown error={undefined} />;
  return (
    <main id="main" className="task-page" data-past={past}>
      <Link className="back" href={listAddress(live.workspaceId)}>
        <Icon name="back" />
        Tasks
      </Link>
      <div className="task-head">
        <div className="task-heading">
          <h1 tabIndex={-1}>{titleOf(task)}</h1>
          <p className="where">
            <span title={task.repoRemote}>
              <Icon name="repository" />
              <Away href={webAddress(task.repoRemote)}>{repositoryName(task.repoRemote)}</Away>
            </span>
            <span className="branch">
              <Icon name="branch" />
              {task.branchName === null ? (
                <span className="none">no branch yet</span>
              ) : (
                <>
                  <Away href={webAddress(task.repoRemote, task.branchName)}>{task.branchName}</Away>
                  <CopyButton text={task.branchName} what="the branch’s name" />
                </>
              )}
            </span>
            {task.pullRequest !== null && (
              <span>
                <PullRequestLink {...task.pullRequest} />
              </span>
            )}
          </p>
        </div>
        <Actions task={task} past={past} />
      </div>
      <p className="status-line" aria-live="polite">
        <StatusBadge status={task.status} />
        {/* What went wrong stands below, with what to do about it. */}
        {!task.error && task.statusMessage !== STATUS[task.status].label && <span>{task.statusMessage}</span>}
      </p>
      {pastTask.error !== undefined && (
        <Notice title="That moment could not be read">{reasonOf(pastTask.error)}</Notice>
      )}
      {task.error && (
        <Notice title={failureTitle(task.error)}>
          <p className="reason">{task.error.reason}</p>
          <p>{advice(task)}</p>
        </Notice>
      )}
      <Tabs names={TABS} shown={tab} onShow={setTab} />
      <Panel name="Conversation" shown={tab}>
        <Sessions
          task={task}
          at={at === null ? null : task.position}
          fitOut={<FitOut task={task} stages={stages} typical={typical} past={past} />}
        />
      </Panel>
      <Panel name="Changes" shown={tab}>
        {tab === 'Changes' && <Delivery task={task} past={at !== null} />}
        {tab === 'Changes' && <ChangesTab task={task} past={at !== null} />}
      </Panel>
      <Panel name="History" shown={tab}>
        {history.error !== undefined && (
          <Notice title="The history could not be read">{reasonOf(history.error)}</Notice>
        )}
        <History items={items} at={index} onGo={go} />
      </Panel>
      <Panel name="Logs" shown={tab}>
        {tab === 'Logs' && <LogsView taskId={taskId} />}
      </Panel>
      <Panel name="Terminal" shown={tab}>
        <TerminalTab key={taskId} taskId={taskId} />
      </Panel>
      <Panel name="Details" shown={tab}>
        <Details task={task} past={at !== null} />
      </Panel>
      {(tab === 'History' || at !== null) && (
        <TimeTravel items={items} index={index} past={at !== null} onGo={go} onNow={goNow} />
      )}
    </main>
  );
}

/** An event that cannot be read is the fault of no stage. */
const failureTitle = ({ code, stage, attempts: count }: NonNullable<TaskRecord['error']>) =>
  code === 'undecodable_event'
    ? FAILURES.undecodable_event.title
    : `${STAGE_NAME[stage]} failed after ${attempts(count)}`;

const attempts = (count: number) => `${count} attempt${count === 1 ? '' : 's'}`;

function useEscape(active: boolean, act: () => void): void {
  useEffect(() => {
    if (!active) return;
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && !event.defaultPrevented && act();
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [active]);
}
