import type { Changes, TaskRecord } from '@slipway/client';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, useState } from 'react';
import type { ViewType } from 'react-diff-view';
import 'react-diff-view/style/index.css';
import { api, reasonOf } from '../api/api.js';
import '../styles/changes.css';
import { dateAndTime } from '../task/format.js';
import { Icon } from '../ui/icon.js';
import { Notice } from '../ui/notice.js';
import { FileDiff, heightOf } from './file-diff.js';
import { FileList } from './file-list.js';

type Seen = NonNullable<Changes['changes']>;

const WHY: Readonly<Record<string, string>> = {
  too_large: 'it is too large',
  too_many: 'there is too much that is not committed',
  special_file: 'it is no file',
  nested_repository: 'it is a repository of its own',
  name: 'its name is not UTF-8',
};

interface ChangesProps {
  readonly task: TaskRecord;
  /** Undefined while it is read. */
  readonly data: Changes | undefined;
  /** Whether it is what was seen then. */
  readonly past: boolean;
}

/** What is changed in a task's checkout. */
export default function ChangesView({ task, data, past }: ChangesProps) {
  if (data === undefined) return <p className="quiet">Reading the changes …</p>;
  const { changes: seen, problem } = data;
  return (
    <div className="changes">
      {problem && <Notice title="The last look at the changes saw nothing">{problem.reason}</Notice>}
      {seen === null ? (
        <div className="changes-head">
          <p>{problem ? '' : nothingYet(task)}</p>
          {!past && task.sandboxId !== null && task.status !== 'killed' && <Refresh task={task} />}
        </div>
      ) : (
        <Known task={task} seen={seen} past={past} />
      )}
    </div>
  );
}

const nothingYet = ({ sandboxId }: TaskRecord): string =>
  sandboxId === null
    ? 'There is no checkout yet.'
    : 'The changes have not been looked at yet: that happens after each turn of the agent.';

function Known({ task, seen, past }: { task: TaskRecord; seen: Seen; past: boolean }) {
  const [viewType, setViewType] = useState<ViewType>(storedView);
  const show = (type: ViewType) => {
    setViewType(type);
    localStorage.setItem(VIEW, type);
  };
  const isGone = task.status === 'killed';
  return (
    <>
      <div className="changes-head">
        <p>
          <strong>{count(seen.files, 'file')} changed</strong>{' '}
          <span className="added">+{seen.additions}</span> <span className="removed">−{seen.deletions}</span>
          <span className="quiet">
            {' '}
            {[
              count(seen.ahead, 'commit'),
              ...(seen.behind > 0 ? [`${seen.behind} behind`] : []),
              ...(seen.uncommitted > 0 ? [`${count(seen.uncommitted, 'file')} not committed`] : []),
              ...(seen.pushed ? ['pushed'] : []),
            ].join(', ')}
            , seen <time dateTime={seen.at}>{dateAndTime(seen.at)}</time>
          </span>
        </p>
        {!past && (
          <div className="segments" role="group" aria-label="Layout of the diff">
            {(['unified', 'split'] as const).map((type) => (
              <button key={type} type="button" aria-pressed={viewType === type} onClick={() => show(type)}>
                {type === 'unified' ? 'Unified' : 'Split'}
              </button>
            ))}
          </div>
        )}
        {!isGone && !past && <Refresh task={task} />}
      </div>
      {seen.left.length > 0 && (
        <ul className="left-out">
          {seen.left.map(({ path, why }) => (
            <li key={path}>
              Not looked at: <code>{path}</code>, for {WHY[why] ?? why}.
            </li>
          ))}
        </ul>
      )}
      {seen.truncated && (
        <p className="quiet">There is more than is named here; the whole diff has all of it.</p>
      )}
      {isGone && seen.items.length > 0 && (
        <p className="quiet">The checkout is gone with its task; this is what was last seen in it.</p>
      )}
      {past && !isGone && (
        <p className="quiet">
          This is what had been seen by then. Return to now for the lines of the last look.
        </p>
      )}
      <Files task={task} seen={seen} viewType={viewType} withLines={!isGone && !past} />
    </>
  );
}

const VIEW = 'slipway.diff-view';
const storedView = (): ViewType => (localStorage.getItem(VIEW) === 'split' ? 'split' : 'unified');
const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

interface FilesProps {
  readonly task: TaskRecord;
  readonly seen: Seen;
  readonly viewType: ViewType;
  /** False where the diffs are gone. */
  readonly withLines: boolean;
}

/** The tree, and beside it the files' diffs, of which only those in view are there. */
function Files({ task, seen, viewType, withLines }: FilesProps) {
  const { items, at } = seen;
  const list = useRef<HTMLDivElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    const top = list.current?.getBoundingClientRect().top ?? 0;
    setOffset(top + window.scrollY);
  }, [seen]);
  const virtual = useWindowVirtualizer({
    count: withLines ? items.length : 0,
    estimateSize: (index) => heightOf(items[index]!),
    getItemKey: (index) => items[index]!.path,
    overscan: 2,
    gap: 14,
    scrollMargin: offset,
  });
  return (
    <div className="changes-body">
      <FileList files={items} onGo={(index) => virtual.scrollToIndex(index, { align: 'start' })} />
      <div ref={list} className="file-diffs" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ key, index, start }) => (
          <div
            key={key}
            ref={virtual.measureElement}
            data-index={index}
            className="file-place"
            style={{ transform: `translateY(${start - offset}px)` }}
          >
            <FileDiff taskId={task.taskId} seenAt={at} file={items[index]!} viewType={viewType} />
          </div>
        ))}
      </div>
    </div>
  );
}

/** Has the service look again; what it sees comes by itself. */
function Refresh({ task }: { task: TaskRecord }) {
  const [asked, setAsked] = useState<string | null>(null);
  const [failure, setFailure] = useState<unknown>();
  const seen = `${task.changes?.at} ${task.changesProblem?.at}`;
  const waits = asked === seen;
  const ask = async () => {
    setAsked(seen);
    setFailure(undefined);
    try {
      await api.refreshChanges(task.taskId);
    } catch (error) {
      setFailure(error);
      setAsked(null);
    }
  };
  return (
    <>
      <button type="button" className="button small" disabled={waits} onClick={() => void ask()}>
        <Icon name="retry" />
        {waits ? 'Looking …' : 'Look again'}
      </button>
      {failure !== undefined && <Notice title="That did not work">{reasonOf(failure)}</Notice>}
    </>
  );
}
