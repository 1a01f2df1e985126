import type { Action, PullRequest, TaskRecord } from '@slipway/client';
import { useState } from 'react';
import { FAILURES, knownCode } from '../../../src/events/failure-codes.js';
import { api, reasonOf } from '../api/api.js';
import { Away } from '../ui/away.js';
import { Confirm } from '../ui/confirm.js';
import { Icon } from '../ui/icon.js';
import { Notice } from '../ui/notice.js';

const STATE: Readonly<Record<PullRequest['state'], string>> = {
  open: 'open',
  draft: 'a draft',
  merged: 'merged',
  closed: 'closed',
};
const CHECKS: Readonly<Record<PullRequest['checks'], string>> = {
  none: '',
  pending: ', its checks run',
  passed: ', its checks have passed',
  failed: ', its checks have failed',
};

/** How the work gets out: push and pull request, what is under way, and the pull request that there is. */
export function Delivery({ task, past }: { task: TaskRecord; past: boolean }) {
  const [asked, setAsked] = useState<'push' | 'pull_request' | null>(null);
  const [force, setForce] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const { action, pullRequest, status, sandboxId, branchName } = task;
  const isUnderWay = action !== null && action.endedAt === null;
  const can = !past && sandboxId !== null && branchName !== null && !/^kill/.test(status) && !isUnderWay;
  const ask = (what: typeof asked, replace = false) => {
    setFailure(undefined);
    setForce(replace);
    setAsked(what);
  };
  return (
    <section className="delivery" aria-label="Push and pull request">
      <div className="action-buttons">
        <button type="button" className="button" disabled={!can} onClick={() => ask('push')}>
          <Icon name="branch" />
          Push
        </button>
        <button type="button" className="button primary" disabled={!can} onClick={() => ask('pull_request')}>
          <Icon name="branch" />
          Pull request
        </button>
        {pullRequest !== null && (
          <p className="pull-request">
            <PullRequestLink {...pullRequest} />
          </p>
        )}
      </div>
      {failure !== undefined && <Notice title="That did not work">{reasonOf(failure)}</Notice>}
      {action !== null && <Progress action={action} can={can} onForce={() => ask(action.kind, true)} />}
      {asked !== null && (
        <Ask
          task={task}
          kind={asked}
          force={force}
          onEnd={(error) => {
            setAsked(null);
            setFailure(error);
          }}
        />
      )}
    </section>
  );
}

/** A pull request, and how it is. */
export function PullRequestLink({ url, number, state, checks }: PullRequest) {
  const said = `Pull request ${number} is ${STATE[state]}${CHECKS[checks]}`;
  // Whatever a host answers, only an address of the web becomes a link.
  return <Away href={/^https?:\/\//.test(url) ? url : null}>{said}</Away>;
}

function Progress({ action, can, onForce }: { action: Action; can: boolean; onForce: () => void }) {
  const { error, message, state, kind } = action;
  if (error === null)
    return (
      <p className="action-state" role="status" data-state={state}>
        {message}
      </p>
    );
  const { title, advice } = FAILURES[knownCode(error.code)];
  return (
    <Notice
      title={`${kind === 'push' ? 'The push' : 'The pull request'} failed: ${title}`}
      action={
        error.code === 'push_not_fast_forward' && (
          <button type="button" className="button danger" disabled={!can} onClick={onForce}>
            Replace it
          </button>
        )
      }
    >
      <p className="reason">{error.reason}</p>
      <p>{advice}</p>
    </Notice>
  );
}

interface AskProps {
  readonly task: TaskRecord;
  readonly kind: 'push' | 'pull_request';
  readonly force: boolean;
  readonly onEnd: (error?: unknown) => void;
}

/** Says what will be done, and asks for what can be chosen. */
function Ask({ task, kind, force, onEnd }: AskProps) {
  const { taskId, branchName, repoRemote, changes } = task;
  const [includeUncommitted, setInclude] = useState(true);
  const [title, setTitle] = useState(task.title ?? '');
  const [draft, setDraft] = useState(false);
  const [busy, setBusy] = useState(false);
  const isPush = kind === 'push';
  const uncommitted = changes?.uncommitted;
  const send = async () => {
    setBusy(true);
    const push = { includeUncommitted, force };
    try {
      if (isPush) await api.pushTask(taskId, push);
      else await api.openPullRequest(taskId, { ...push, draft, title: title.trim() || undefined });
      onEnd();
    } catch (error) {
      onEnd(error);
    }
  };
  return (
    <Confirm
      title={isPush ? 'Push the branch?' : 'Open a pull request?'}
      action={force ? 'Replace the branch' : isPush ? 'Push' : 'Open it'}
      cancel="Not now"
      danger={force}
      busy={busy}
      onCancel={() => onEnd()}
      onConfirm={() => void send()}
    >
      <p>
        The branch <code>{branchName}</code> goes to <code>{repoRemote}</code>
        {isPush ? '.' : ', and a pull request of it is opened, or the open one is found.'}
      </p>
      {force && <p>What others have put on that branch is replaced, unless they change it meanwhile.</p>}
      <label className="check">
        <input
          type="checkbox"
          checked={includeUncommitted}
          onChange={(event) => setInclude(event.target.checked)}
        />
        With what is not committed
        {uncommitted === undefined ? '' : ` (${uncommitted} file${uncommitted === 1 ? '' : 's'})`}, in a
        commit of its own
      </label>
      {!isPush && (
        <>
          <label className="field">
            Title
            <input
              type="text"
              value={title}
              maxLength={500}
              onChange={(event) => setTitle(event.target.value)}
            />
          </label>
          <label className="check">
            <input type="checkbox" checked={draft} onChange={(event) => setDraft(event.target.checked)} />
            As a draft
          </label>
        </>
      )}
    </Confirm>
  );
}
