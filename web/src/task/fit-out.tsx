import { useState } from 'react';
import type { TaskRecord } from '@slipway/client';
import { duration } from './format.js';
import { StageBar } from './stage-bar.js';
import { Stages, type Typical } from './stages.js';
import type { StageView } from './stage-timeline.js';
import { PROVISIONING, STATUS } from './vocabulary.js';

interface FitOutProps {
  readonly task: TaskRecord;
  readonly stages: readonly StageView[];
  readonly typical: Typical;
  readonly past: boolean;
}

/** The stages: all of them while something is to be seen there, one line once people can work. */
export function FitOut({ task, stages, typical, past }: FitOutProps) {
  const [chosen, setChosen] = useState<boolean | null>(null);
  const isOpen = chosen ?? !isFittedOut(task);
  return (
    <section className="fit-out" aria-label="Fitting out">
      <h2>
        <button type="button" className="fold" aria-expanded={isOpen} onClick={() => setChosen(!isOpen)}>
          <span className="fold-mark" aria-hidden="true" />
          Fitting out
          <span className="quiet">{summary(task, stages)}</span>
          <StageBar task={task} />
        </button>
      </h2>
      <div hidden={!isOpen}>
        <Stages task={task} stages={stages} typical={typical} past={past} />
      </div>
    </section>
  );
}

/** Whether an agent was there to work with; its way out is shown again. */
const isFittedOut = ({ status, sessions, sessionId }: TaskRecord): boolean =>
  status === 'running' ||
  status === 'archived' ||
  status === 'sleeping' ||
  (status === 'killed' &&
    sessions.some((session) => session.sessionId === sessionId && session.agentSessionId !== null));

function summary(task: TaskRecord, stages: readonly StageView[]): string {
  const last = stages.filter(({ stage }) => (PROVISIONING as readonly string[]).includes(stage)).at(-1);
  if (task.status === 'running' && last?.until)
    return `ready after ${duration(last.until - Date.parse(task.createdAt))}`;
  return STATUS[task.status].label.toLowerCase();
}
