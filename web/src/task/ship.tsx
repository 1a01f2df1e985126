import type { TaskStatus } from '@slipway/client';
import { STATUS } from './vocabulary.js';
import type { StageView } from './stage-timeline.js';

/**
 * The task as a ship that is afloat from the start and gets a part with each stage: flag (name), deckhouse
 * (sandbox), funnel (agent), mast and lights (session). A picture of what the list beside it says in words.
 */
export function Ship({ stages, status }: { stages: readonly StageView[]; status: TaskStatus }) {
  const state = (stage: StageView['stage']) =>
    stages.find((view) => view.stage === stage)?.state ?? 'waiting';
  return (
    <svg
      className={`ship ${STATUS[status].tone} ${status}`}
      viewBox="-20 -40 360 290"
      preserveAspectRatio="xMidYMax slice"
      aria-hidden="true"
    >
      <path className="water far" d={FAR_WAVES} />
      <g className="vessel">
        <g className="part" data-state={state('ensure_name')}>
          <path d="M285 123V80" />
          <path className="fill flag" d="M285 81h-25l5 8-5 8h25z" />
        </g>
        <g className="part" data-state={state('create_sandbox')}>
          <path className="fill" d="M68 130v-28q0-4 4-4h88q4 0 4 4v28" />
          <path className="fill" d="M86 98V82q0-4 4-4h54q4 0 4 4v16" />
          <path className="windows" d="M82 113h66M98 88h42" />
        </g>
        <g className="part" data-state={state('ensure_agent')}>
          <path className="fill" d="m100 78 3-31h24l-3 31z" />
          <path d="M102 58h24" />
        </g>
        <g className="part" data-state={state('create_session')}>
          <path d="M212 126V42M198 62h28M212 48l-48 54M212 48l68 74" />
          <circle className="fill lamp" cx="212" cy="40" r="5" />
        </g>
        <path className="hull" d="M36 126q60 6 128 3t132-13q-4 42-22 66H66q-24-14-30-56z" />
        <path className="boot" d="M45 157q5 17 21 26h206q10-12 15-26z" />
      </g>
      <path className="water" d={WAVES} />
    </svg>
  );
}

/** A row of waves, wider than the picture by one wave, and the water below it. */
const waves = (top: number, from: number) => `M${from} ${top}${'q10-6 20 0t20 0'.repeat(18)}V400H${from}z`;
const FAR_WAVES = waves(168, -182);
const WAVES = waves(180, -200);
