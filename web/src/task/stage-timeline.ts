import { stageEndedBy } from '../../../src/events/task/task-events.js';
import type { HistoryItem, Stage, TaskRecord } from '@slipway/client';
import { STATUS_OF_STAGE } from '../../../src/events/task/vocabulary.js';
import { PROVISIONING, STAGE_NAME, WITH_SETUP } from './vocabulary.js';

/** One stage as the timeline shows it. Times are epoch milliseconds of the service's clock. */
export interface StageView {
  readonly stage: Stage;
  readonly state: 'waiting' | 'active' | 'between' | 'done' | 'failed' | 'stopped';
  readonly attempt: number;
  /** When the stage was first tried (since the last retry that a person asked for). */
  readonly since: number | null;
  /** When the present attempt began. */
  readonly attemptSince: number | null;
  readonly until: number | null;
  /** While it is between two attempts. */
  readonly nextAttemptAt: number | null;
  readonly reason: string | null;
}

const waiting = (stage: Stage): StageView => ({
  stage,
  state: 'waiting',
  attempt: 1,
  since: null,
  attemptSince: null,
  until: null,
  nextAttemptAt: null,
  reason: null,
});

const NAMES_ITS_STAGE: ReadonlySet<string> = new Set(['StageStarted', 'StageFailed', 'RetryRequested']);

/**
 * The stages of a task: their times from its history, and where the record is ahead of the history that
 * was read so far, their states from the record.
 */
export function stageTimeline(task: TaskRecord, history: readonly HistoryItem[]): StageView[] {
  const views = new Map<Stage, StageView>(provisioningOf(task).map((stage) => [stage, waiting(stage)]));
  const change = (stage: Stage, changes: Partial<StageView>) =>
    views.set(stage, { ...(views.get(stage) ?? waiting(stage)), ...changes });
  for (const item of history) applyEvent(item, task, views, change);
  catchUp(task, views, change);
  return [...views.values()];
}

const provisioningOf = ({ setup }: TaskRecord): readonly Stage[] =>
  setup === null ? PROVISIONING : WITH_SETUP;

type Change = (stage: Stage, changes: Partial<StageView>) => void;

function applyEvent(item: HistoryItem, task: TaskRecord, views: Map<Stage, StageView>, change: Change): void {
  const { type, data, time } = item;
  const at = Date.parse((data.at as string | undefined) ?? time);
  const ended = stageEndedBy(item, task.sessionId);
  if (ended !== null) change(ended, { state: 'done', until: at, reason: null });
  const stage = data.stage as Stage | undefined;
  // Of an event that cannot be read, anything may be missing.
  if (NAMES_ITS_STAGE.has(type) && !Object.hasOwn(STAGE_NAME, String(stage))) return;
  switch (type) {
    case 'StageStarted': {
      const attempt = data.attempt as number;
      const since = attempt > 1 ? (views.get(stage!)?.since ?? at) : at;
      change(stage!, { state: 'active', attempt, since, attemptSince: at, until: null, nextAttemptAt: null });
      return;
    }
    case 'StageFailed': {
      const next = data.nextAttemptAt as string | undefined;
      const reason = data.reason as string;
      if (next === undefined) change(stage!, { state: 'failed', until: at, reason });
      else
        change(stage!, {
          state: 'between',
          reason,
          nextAttemptAt: Date.parse(next),
          attempt: (data.attempt as number) + 1,
        });
      return;
    }
    case 'RetryRequested':
      views.set(stage!, waiting(stage!));
      return;
    case 'ArchiveRequested':
    case 'KillRequested':
      for (const view of views.values())
        if (view.state === 'active' || view.state === 'between' || view.state === 'waiting')
          change(view.stage, {
            state: 'stopped',
            until: view.since === null ? null : at,
            nextAttemptAt: null,
          });
      change(type === 'KillRequested' ? 'destroy_sandbox' : 'release_sandbox', {});
  }
}

/** The record may know of a stage before its history does: states go forward, never back. */
function catchUp(task: TaskRecord, views: Map<Stage, StageView>, change: Change): void {
  // It was resumed since: its way out is over, however far the history was read.
  if (task.status === 'running') views.delete('release_sandbox');
  const stages = provisioningOf(task);
  const reached =
    task.status === 'running' ? stages.length : stages.findIndex((stage) => stage === task.stage);
  for (const stage of stages.slice(0, Math.max(reached, 0)))
    if (views.get(stage)!.state !== 'done')
      change(stage, { state: 'done', nextAttemptAt: null, reason: null });
  if (task.stage === null) return;
  const view = views.get(task.stage);
  const at = Date.parse(task.updatedAt);
  if (task.status === 'error') {
    if (view?.state !== 'failed')
      change(task.stage, { state: 'failed', until: at, reason: task.error?.reason ?? null });
  } else if (view?.state === 'waiting' && STATUS_OF_STAGE[task.stage] === task.status) {
    change(task.stage, { state: 'active', attempt: task.attempt, since: at, attemptSince: at });
  }
}
