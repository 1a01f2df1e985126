import { stageEndedBy, type TaskEvent } from '../../events/task/task-events.js';
import type { VersionedTask } from '../../events/task/task-state.js';
import type { Stage } from '../../events/task/vocabulary.js';
import type { TaskProjection, RowChange } from './projection.js';

/** The stage whose end the event is, or null. */
function endedStage({ state }: VersionedTask, event: TaskEvent): Stage | null {
  const stage = stageEndedBy(event, state?.sessionId);
  return stage === 'create_session' && state?.stage !== stage ? null : stage;
}

/**
 * One row a task and stage: from the start of its first attempt (since the last retry by a person) to its
 * success. What the waiting is likely to be is told from these.
 */
export const stageDurationsProjection: TaskProjection = {
  name: 'stage_durations',
  version: 1,
  tables: [
    {
      name: 'stage_durations',
      columns: {
        task_id: { type: 'uuid' },
        stage: { type: 'text' },
        provider_id: { type: 'text' },
        attempts: { type: 'integer' },
        position: { type: 'bigint' },
        started_at: { type: 'timestamptz', nullable: true, merge: 'unless-null' },
        ended_at: { type: 'timestamptz', nullable: true, merge: 'unless-null' },
      },
      key: ['task_id', 'stage'],
      indexes: ['position'],
    },
  ],
  project({ before, after, event }) {
    if (after.state === null || event === null) return [];
    if (event.type === 'StageStarted') {
      const { stage, attempt, at } = event.data;
      return [rowOf(after, stage, attempt, attempt === 1 ? at : null, null)];
    }
    const stage = endedStage(before, event);
    if (stage === null) return [];
    return [rowOf(after, stage, Math.max(before.state?.attempt ?? 1, 1), null, event.data.at)];
  },
};

function rowOf(
  { state, position }: VersionedTask,
  stage: Stage,
  attempts: number,
  startedAt: string | null,
  endedAt: string | null,
): RowChange {
  return {
    table: 'stage_durations',
    row: {
      task_id: state!.taskId,
      stage,
      provider_id: state!.providerId,
      attempts,
      position: position.toString(),
      started_at: startedAt,
      ended_at: endedAt,
    },
  };
}
