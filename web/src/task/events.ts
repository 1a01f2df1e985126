import type { Activity, HistoryItem, Stage } from '@slipway/client';
import { ACTIVITY, sessionLabel, STAGE_NAME } from './vocabulary.js';

/** What an event is to the reader: something begun, reached, gone wrong or asked for by a person. */
export type EventKind = 'begun' | 'reached' | 'failed' | 'asked';

const KIND: Readonly<Record<string, EventKind>> = {
  StageStarted: 'begun',
  StageFailed: 'failed',
  SetupFailed: 'failed',
  ProvisioningFailed: 'failed',
  SessionFailed: 'failed',
  TaskCreated: 'asked',
  SessionRequested: 'asked',
  RetryRequested: 'asked',
  ArchiveRequested: 'asked',
  ResumeRequested: 'asked',
  KillRequested: 'asked',
  ChangesRefreshRequested: 'asked',
  ChangesNotObserved: 'failed',
  KeptWorkDeleted: 'asked',
  TaskErased: 'asked',
  PushRequested: 'asked',
  PullRequestRequested: 'asked',
  PushStarted: 'begun',
  PullRequestStarted: 'begun',
  PushFailed: 'failed',
  PullRequestFailed: 'failed',
};

export const kindOf = (type: string): EventKind => KIND[type] ?? 'reached';

/** One line on what the event says beyond its type. */
export function summaryOf({ type, data }: HistoryItem): string {
  const text = (name: string) => (typeof data[name] === 'string' ? data[name] : '');
  const stage = STAGE_NAME[data.stage as Stage] as string | undefined;
  switch (type) {
    case 'StageStarted':
      return data.attempt === 1 ? `${stage}` : `${stage}, attempt ${String(data.attempt)}`;
    case 'StageFailed':
    case 'ProvisioningFailed':
    case 'SessionFailed':
      return [stage, text('reason')].filter(Boolean).join(': ');
    case 'ChangesObserved':
      return `${String(data.count)} files, +${String(data.additions)} −${String(data.deletions)}`;
    case 'ChangesNotObserved':
    case 'PushFailed':
    case 'PullRequestFailed':
      return text('reason');
    case 'BranchPushed':
      return `${text('commit').slice(0, 8)} to ${text('remote')}`;
    case 'PullRequestOpened':
      return text('url');
    case 'PullRequestObserved':
      return `${text('state')}, checks: ${text('checks')}`;
    case 'SetupFinished':
    case 'SetupFailed':
      return text('output').trim().split('\n').at(-1) ?? '';
    case 'RetryRequested':
      return `from ${stage}`;
    case 'SleepWarned':
      return `the sandbox stops at ${text('deadline')}`;
    case 'TerminalUsed':
      return `somebody types in a shell: no stop for want of activity before ${text('until')}`;
    case 'ArchiveRequested':
      return data.sleep === undefined ? '' : 'its sandbox sleeps until the next prompt';
    case 'TaskNamed':
      return text('branchName');
    case 'SandboxCreated':
      return text('path') || text('sandboxId');
    case 'SessionActivityChanged':
      return sessionLabel({ state: 'ready', activity: activityIn(data) }).label;
    case 'TaskErased':
      return 'what was said is unreadable, for good';
    case 'KillRequested':
      return data.keepBranch === true ? 'keeping the branch' : '';
    default:
      return '';
  }
}

/** What the session is doing by the event; null for what this page knows no word for. */
function activityIn(data: HistoryItem['data']): Activity | null {
  const { activity } = (data.summary ?? {}) as { readonly activity?: unknown };
  return typeof activity === 'string' && activity in ACTIVITY ? (activity as Activity) : null;
}
