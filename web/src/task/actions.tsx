import { useState } from 'react';
import { api, reasonOf } from '../api/api.js';
import type { TaskRecord } from '@slipway/client';
import { store } from '../live/live.js';
import { Confirm } from '../ui/confirm.js';
import { Icon } from '../ui/icon.js';
import { Notice } from '../ui/notice.js';
import { legalActions } from './legal.js';

/** Retry, archive (or resume) and kill, each only where it has an effect; in the past nothing can be done. */
export function Actions({ task, past }: { task: TaskRecord; past: boolean }) {
  const [asked, setAsked] = useState<'archive' | 'kill' | null>(null);
  const [keepBranch, setKeepBranch] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const legal = legalActions(task);
  const can = (action: 'retry' | 'archive' | 'resume' | 'kill') => legal[action] && !past && !busy;

  const run = async (action: () => Promise<TaskRecord>) => {
    setBusy(true);
    setFailure(undefined);
    try {
      store.apply(await action());
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
    setAsked(null);
  };

  return (
    <div className="actions">
      <div className="action-buttons" title={past ? 'Return to now to act' : undefined}>
        <button
          type="button"
          className="button primary"
          disabled={!can('retry')}
          onClick={() => run(() => api.retryTask(task.taskId))}
        >
          <Icon name="retry" />
          Retry
        </button>
        {task.status === 'archived' ? (
          <button
            type="button"
            className="button primary"
            disabled={!can('resume')}
            onClick={() => run(() => api.resumeTask(task.taskId))}
          >
            <Icon name="retry" />
            Resume
          </button>
        ) : (
          <button
            type="button"
            className="button"
            disabled={!can('archive')}
            onClick={() => setAsked('archive')}
          >
            <Icon name="archive" />
            Archive
          </button>
        )}
        <button
          type="button"
          className="button danger"
          disabled={!can('kill')}
          onClick={() => setAsked('kill')}
        >
          <Icon name="stop" />
          Kill
        </button>
      </div>
      {failure !== undefined && <Notice title="That did not work">{reasonOf(failure)}</Notice>}
      {asked === 'archive' && (
        <Confirm
          title="Archive this task?"
          action="Archive"
          busy={busy}
          onCancel={() => setAsked(null)}
          onConfirm={() => run(() => api.archiveTask(task.taskId))}
        >
          <p>Its agent stops and the sandbox is released. Files and branch are kept.</p>
        </Confirm>
      )}
      {asked === 'kill' && (
        <Confirm
          title="Kill this task?"
          action="Kill"
          busy={busy}
          onCancel={() => setAsked(null)}
          onConfirm={() => run(() => api.killTask(task.taskId, { keepBranch }))}
        >
          <p>
            Processes, sandbox and files are destroyed, also in the middle of a stage. This cannot be undone.
          </p>
          <label className="check">
            <input
              type="checkbox"
              checked={keepBranch}
              onChange={(event) => setKeepBranch(event.target.checked)}
            />
            Keep the branch{task.branchName === null ? '' : ` ${task.branchName}`}
          </label>
        </Confirm>
      )}
    </div>
  );
}
