import type { TaskRecord } from '@slipway/client';
import { Icon } from '../ui/icon.js';
import { useNow } from '../ui/use-now.js';
import { duration } from './format.js';
import { Ship } from './ship.js';
import type { StageView } from './stage-timeline.js';
import { STAGE_NAME, WITH_SETUP } from './vocabulary.js';

/** How long a stage usually takes, in milliseconds; absent where nobody knows yet. */
export type Typical = Readonly<Partial<Record<StageView['stage'], number>>>;

const TICK_MS = 100;

interface StagesProps {
  readonly task: TaskRecord;
  readonly stages: readonly StageView[];
  readonly typical: Typical;
  /** Whether the task is shown as it was: then its clock stands still. */
  readonly past: boolean;
}

/** The stages as a timeline: what took how long, what is under way, what is still to come. */
export function Stages({ task, stages, typical, past }: StagesProps) {
  const moving = !past && stages.some(({ state }) => state === 'active' || state === 'between');
  const clock = useNow(moving ? TICK_MS : null);
  const now = past ? Date.parse(task.updatedAt) : clock;
  return (
    <div className="stages">
      <Ship stages={stages} status={task.status} />
      <div>
        <ol className="stage-list">
          {stages.map((view) => (
            <StageRow
              key={view.stage}
              view={view}
              made={made(view.stage, task)}
              typical={typical[view.stage]}
              now={now}
            />
          ))}
        </ol>
        <p className="eta">{overall(task, stages, typical, now)}</p>
      </div>
    </div>
  );
}

/** What the stage brought, once it is done. */
function made(stage: StageView['stage'], task: TaskRecord): string {
  switch (stage) {
    case 'ensure_name':
      return task.branchName ?? '';
    case 'create_sandbox':
      return task.sandboxPath ?? task.sandboxId ?? '';
    case 'run_setup':
      return task.setup?.output?.trim().split('\n').at(-1) ?? '';
    case 'ensure_agent':
      return task.agentType;
    case 'create_session':
      return 'has the prompt';
    case 'release_sandbox':
      return 'files are kept';
    case 'destroy_sandbox':
      return task.kept && task.kept.count > 0 ? 'its work is kept' : 'nothing is left';
  }
}

interface StageRowProps {
  readonly view: StageView;
  readonly made: string;
  readonly typical: number | undefined;
  readonly now: number;
}

function StageRow({ view, made, typical, now }: StageRowProps) {
  const { state, since, until, attempt } = view;
  const elapsed = since === null ? null : Math.max(0, (until ?? now) - since);
  return (
    <li className="stage" data-state={state} data-stage={view.stage}>
      <span className="stage-mark" aria-hidden="true">
        {state === 'done' && <Icon name="check" />}
        {(state === 'failed' || state === 'stopped') && <Icon name="cross" />}
      </span>
      <span className="stage-name">
        {STAGE_NAME[view.stage]}
        <span className="visually-hidden">: {SPOKEN[state]}</span>
        {attempt > 1 && <span className="attempt">attempt {attempt}</span>}
      </span>
      <span className="stage-note" title={state === 'done' ? made : (view.reason ?? undefined)}>
        {state === 'done' ? made : note(view, typical, now)}
      </span>
      <span className="stage-time">{elapsed === null ? '' : duration(elapsed)}</span>
      <span className="stage-track" aria-hidden="true">
        <span style={{ transform: `scaleX(${fraction(view, typical, now)})` }} />
      </span>
    </li>
  );
}

const SPOKEN: Record<StageView['state'], string> = {
  waiting: 'waiting',
  active: 'under way',
  between: 'waiting for the next attempt',
  done: 'done',
  failed: 'failed',
  stopped: 'stopped',
};

function note(
  { state, attemptSince, nextAttemptAt, reason }: StageView,
  typical: number | undefined,
  now: number,
): string {
  if (state === 'waiting') return typical === undefined ? '' : `usually ${duration(typical)}`;
  if (state === 'between') {
    const wait = (nextAttemptAt ?? now) - now;
    return `${wait > 0 ? `again in ${Math.ceil(wait / 1_000)} s` : 'again now'}: ${reason ?? ''}`;
  }
  if (state === 'failed') return reason ?? 'failed';
  if (state === 'stopped') return 'stopped';
  if (state !== 'active' || typical === undefined || attemptSince === null) return '';
  return now - attemptSince > typical
    ? 'longer than usual'
    : `about ${roughly(typical - (now - attemptSince))} left`;
}

/** How much of the stage's usual time has gone by; the rest is only believed when the stage is done. */
function fraction({ state, attemptSince }: StageView, typical: number | undefined, now: number): number {
  if (state === 'done' || state === 'failed') return 1;
  if (state !== 'active' || attemptSince === null) return 0;
  const share = (now - attemptSince) / (typical ?? 10_000);
  return Math.min(0.95, Math.max(0.04, share));
}

/** One line for the whole: what is still to be expected, or how long it took. */
function overall(task: TaskRecord, stages: readonly StageView[], typical: Typical, now: number): string {
  const provisioning = stages.filter(({ stage }) => (WITH_SETUP as readonly string[]).includes(stage));
  const last = provisioning.at(-1)?.until;
  if (task.status === 'running' && last) return `Ready after ${duration(last - Date.parse(task.createdAt))}`;
  if (!task.status.startsWith('init_')) return '';
  let left = 0;
  for (const { stage, state, attemptSince } of provisioning) {
    if (state === 'done') continue;
    const usual = typical[stage];
    if (usual === undefined) return '';
    left += state === 'active' && attemptSince !== null ? Math.max(0, usual - (now - attemptSince)) : usual;
  }
  return `Ready in about ${roughly(left)}`;
}

/** Estimates in whole seconds: digits behind the point would be made up. */
function roughly(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1_000);
}
