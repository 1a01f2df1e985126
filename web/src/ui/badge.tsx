import type { SessionState, TaskStatus } from '@slipway/client';
import { SESSION, STATUS, type Tone } from '../task/vocabulary.js';

function Badge({ tone, children }: { tone: Tone; children: string }) {
  return (
    <span className={`badge ${tone}`}>
      <span className="dot" aria-hidden="true" />
      {children}
    </span>
  );
}

export const StatusBadge = ({ status }: { status: TaskStatus }) => (
  <Badge tone={STATUS[status].tone}>{STATUS[status].label}</Badge>
);

export const SessionBadge = ({ state }: { state: SessionState }) => (
  <Badge tone={SESSION[state].tone}>{SESSION[state].label}</Badge>
);
