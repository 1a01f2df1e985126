import { useState } from 'react';
import { api, reasonOf } from '../api/api.js';
import { SlipwayError, type TaskRecord } from '@slipway/client';
import { store } from '../live/live.js';
import { Link } from '../router.js';
import { Confirm } from '../ui/confirm.js';
import { Icon } from '../ui/icon.js';
import { Notice } from '../ui/notice.js';
import { inWorkspace } from '../workspace.js';
import { legalActions } from './legal.js';

/** Retry, archive (or resume) and kill, each only where it has an effect; in the past nothing can be done. */
export function Actions({ task, past }: { task: TaskRecord; past: boolean }) {
  const [asked, setAsked] = useState<'archive' | 'kill' | null>(null);
  const [keepBranch, setKeepBranch] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  /** What would be lost, once somebody has been told. */
  const [unpushed, setUnpushed] = useState<string | null>(null);
  const legal = legalActions(task);
  const can = (action: 'retry' | 'archive' | 'resume' | 'kill') => legal[action] && !past && !busy;

  const run = async (action: () => Promise<TaskRecord>) => {
    setBusy(true);
    setFailure(undefined);
    try {
      store.apply(await action());
    } catch (error) {
      if (error instanceof SlipwayError && error.code === 'unpushed_work') {
        setUnpushed(error.detail);
        setBusy(false);
        return;
      }
      setFailure(error);
    }
    setBusy(false);
    close();
  };

  const close = () => {
    setAsked(null);
    setUnpushed(null);
  };
  const discardChanges = unpushed !== null;

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
        {task.status === 'archived' || task.status === 'sleeping' ? (
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
        <Link className="button" href={inWorkspace('/new', task.workspaceId, { from: task.taskId })}>
          <Icon name="copy" />
          Duplicate
        </Link>
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
          action={discardChanges ? 'Archive all the same' : 'Archive'}
          busy={busy}
          onCancel={close}
          onConfirm={() => run(() => api.archiveTask(task.taskId, { discardChanges }))}
        >
          <p>Its agent stops and the sandbox is released. Files and branch are kept.</p>
          {unpushed !== null && <Notice title="There is work on no remote">{unpushed}</Notice>}
        </Confirm>
      )}
      {asked === 'kill' && (
        <Confirm
          title="Kill this task?"
          action={discardChanges && !keepBranch ? 'Kill and lose it' : 'Kill'}
          busy={busy}
          onCancel={close}
          onConfirm={() => run(() => api.killTask(task.taskId, { keepBranch, discardChanges }))}
        >
          <p>
            Processes, sandbox and files are destroyed, also in the middle of a stage. This cannot be undone.
          </p>
          {unpushed !== null && <Notice title="There is work on no remote">{unpushed}</Notice>}
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
