import { historyProjection } from './history.projection.js';
import { projectsProjection } from './projects.projection.js';
import { searchProjection } from './search.projection.js';
import { stageDurationsProjection } from './stage-durations.projection.js';
import { tasksProjection } from './tasks.projection.js';
import { transcriptProjection } from './transcript.projection.js';
import { usageProjection } from './usage.projection.js';
import type { Projection } from './projection.js';
import { SESSION_EVENT_TYPES } from '../../events/session/session-events.js';
import { TASK_EVENT_TYPES } from '../../events/task/task-events.js';

/** All that is shown. `tasks` is the one that holds the folds, so it is always among what is projected or rebuilt. */
export const PROJECTIONS: readonly Projection[] = [
  tasksProjection,
  projectsProjection,
  historyProjection,
  stageDurationsProjection,
  searchProjection,
  transcriptProjection,
  usageProjection,
];

/** The events that anything is projected from. */
export const PROJECTED_TYPES: readonly string[] = [...TASK_EVENT_TYPES, ...SESSION_EVENT_TYPES];
