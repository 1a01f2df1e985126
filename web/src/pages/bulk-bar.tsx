import type { TaskRecord } from '@slipway/client';
import { useState } from 'react';
import { api } from '../api/api.js';
import { store } from '../live/live.js';
import { doToAll, takes, type BulkAction, type BulkOutcome, type Trouble } from '../task/bulk.js';
import { titleOf } from '../task/vocabulary.js';
import { Confirm } from '../ui/confirm.js';
import { Icon } from '../ui/icon.js';
import { Notice } from '../ui/notice.js';

interface BulkBarProps {
  readonly shown: readonly TaskRecord[];
  /** The ids of those that were chosen; what is not shown now is left alone. */
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (taskIds: readonly string[]) => void;
  readonly onEnd: () => void;
}

const WORDS = {
  archive: {
    button: 'Archive',
    says: 'Their agents stop and the sandboxes are released. Files and branches are kept.',
  },
  kill: {
    button: 'Kill',
    says: 'Processes, sandboxes and files are destroyed, also in the middle of a stage. This cannot be undone.',
  },
} as const;

/** What can be done with the chosen tasks. Work that is on no remote is given up only by somebody who was told. */
export function BulkBar({ shown, chosen: ids, onChoose, onEnd }: BulkBarProps) {
  const chosen = shown.filter(({ taskId }) => ids.has(taskId));
  const [asked, setAsked] = useState<BulkAction | null>(null);
  const [keepBranch, setKeepBranch] = useState(true);
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<BulkOutcome | null>(null);
  const unpushed = outcome?.unpushed ?? [];
  const tasks =
    asked === null ? [] : unpushed.length > 0 ? unpushed.map(({ task }) => task) : takes(chosen, asked);

  const run = async (action: BulkAction) => {
    setBusy(true);
    const discardChanges = unpushed.length > 0;
    const found = await doToAll(
      tasks,
      ({ taskId }) =>
        action === 'archive'
          ? api.archiveTask(taskId, { discardChanges })
          : api.killTask(taskId, { keepBranch, discardChanges }),
      (task) => store.apply(task),
    );
    setBusy(false);
    setOutcome(found);
    // What is left chosen is what it was not done to.
    onChoose([...found.unpushed, ...found.failed].map(({ task }) => task.taskId));
    if (found.unpushed.length === 0) setAsked(null);
  };
  const close = () => {
    setAsked(null);
    setOutcome(null);
  };
  return (
    <section className="bulk" aria-label="The chosen tasks">
      <span role="status">{chosen.length} chosen</span>
      {(['archive', 'kill'] as const).map((action) => (
        <button
          key={action}
          type="button"
          className={action === 'kill' ? 'button small danger' : 'button small'}
          disabled={busy || takes(chosen, action).length === 0}
          onClick={() => {
            setOutcome(null);
            setAsked(action);
          }}
        >
          <Icon name={action === 'kill' ? 'stop' : 'archive'} />
          {WORDS[action].button} {takes(chosen, action).length}
        </button>
      ))}
      <button
        type="button"
        className="button small"
        disabled={busy || chosen.length === shown.length}
        onClick={() => onChoose(shown.map(({ taskId }) => taskId))}
      >
        Choose all {shown.length} shown
      </button>
      <button type="button" className="button small" disabled={busy} onClick={onEnd}>
        Choose none
      </button>
      {asked === null && outcome !== null && outcome.failed.length > 0 && (
        <Notice title={`${outcome.failed.length} could not be asked for`}>
          <Troubles troubles={outcome.failed} />
        </Notice>
      )}
      {asked !== null && (
        <Confirm
          title={`${WORDS[asked].button} ${countOf(tasks)}?`}
          action={unpushed.length > 0 ? `${WORDS[asked].button} all the same` : WORDS[asked].button}
          busy={busy}
          onCancel={close}
          onConfirm={() => void run(asked)}
        >
          <p>{WORDS[asked].says}</p>
          {unpushed.length > 0 && (
            <Notice title="There is work on no remote">
              <Troubles troubles={unpushed} />
            </Notice>
          )}
          {asked === 'kill' && (
            <label className="check">
              <input
                type="checkbox"
                checked={keepBranch}
                onChange={({ target }) => setKeepBranch(target.checked)}
              />
              Keep the branches
            </label>
          )}
        </Confirm>
      )}
    </section>
  );
}

const countOf = ({ length }: readonly unknown[]): string => `${length} ${length === 1 ? 'task' : 'tasks'}`;

const Troubles = ({ troubles }: { troubles: readonly Trouble[] }) => (
  <ul className="troubles">
    {troubles.map(({ task, reason }) => (
      <li key={task.taskId}>
        <strong dir="auto">{titleOf(task)}</strong>: {reason}
      </li>
    ))}
  </ul>
);
