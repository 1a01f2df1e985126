import type { SessionRecord, TaskRecord, TaskStatus } from '@slipway/client';
import { sessionLabel, STATUS, taskLabel, type Tone } from '../task/vocabulary.js';

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

/** A task's status and, where an agent works in it, what that does. */
export function TaskBadge({ task }: { task: TaskRecord }) {
  const { tone, label } = taskLabel(task);
  return <Badge tone={tone}>{label}</Badge>;
}

export function SessionBadge({ session }: { session: SessionRecord }) {
  const { tone, label } = sessionLabel(session);
  return <Badge tone={tone}>{label}</Badge>;
}
