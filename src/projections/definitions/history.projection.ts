import { taskIdOfStream } from '../../events/task/task-events.js';
import type { TaskProjection } from './projection.js';

/** One row an event, as it was stored: what a task's history shows and what live updates are made from. */
export const historyProjection: TaskProjection = {
  name: 'history',
  version: 2,
  tables: [
    {
      name: 'history',
      columns: {
        position: { type: 'bigint' },
        task_id: { type: 'uuid' },
        revision: { type: 'bigint' },
        event_id: { type: 'uuid' },
        type: { type: 'text' },
        time: { type: 'timestamptz' },
        data: { type: 'jsonb' },
        metadata: { type: 'jsonb' },
      },
      key: ['position'],
      insertOnly: true,
      indexes: ['task_id, position'],
    },
  ],
  project({ event, stored }) {
    return [
      {
        table: 'history',
        row: {
          position: stored.position.toString(),
          task_id: taskIdOfStream(stored.stream),
          revision: stored.revision.toString(),
          event_id: stored.id,
          type: stored.type,
          time: event?.data.at ?? stored.created.toISOString(),
          data: isObject(stored.data) ? stored.data : {},
          metadata: stored.metadata,
        },
      },
    ];
  },
};

const isObject = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && !Array.isArray(data);
