import type { TaskRecord } from '@slipway/client';
import { PROVISIONING, STAGE_NAME, STATUS } from './vocabulary.js';

/** How many stages of provisioning are behind the task. */
export function stagesDone(task: TaskRecord): number {
  if (task.status === 'running') return PROVISIONING.length;
  const current = PROVISIONING.findIndex((stage) => stage === task.stage);
  if (current >= 0) return current;
  const first = task.sessions.find(({ sessionId }) => sessionId === task.sessionId);
  if (first?.agentSessionId) return PROVISIONING.length;
  return task.sandboxId !== null ? 2 : task.title !== null && task.branchName !== null ? 1 : 0;
}

/** Stage progress in four marks. */
export function StageBar({ task }: { task: TaskRecord }) {
  const done = stagesDone(task);
  const { tone } = STATUS[task.status];
  const at = PROVISIONING[done];
  const failed = task.status === 'error' && at ? `, failed: ${STAGE_NAME[at]}` : '';
  return (
    <span className={`stage-bar ${tone}`} role="img" aria-label={`${done} of 4 stages done${failed}`}>
      {PROVISIONING.map((stage, index) => (
        <span key={stage} data-state={index < done ? 'done' : index === done ? 'current' : 'waiting'} />
      ))}
    </span>
  );
}
