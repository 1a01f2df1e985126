import { historyProjection } from './history.projection.js';
import { projectsProjection } from './projects.projection.js';
import { searchProjection } from './search.projection.js';
import { stageDurationsProjection } from './stage-durations.projection.js';
import { tasksProjection } from './tasks.projection.js';
import type { Projection } from './projection.js';

/** All that is shown. `tasks` is the one that holds the folds, so it is always among what is projected or rebuilt. */
export const PROJECTIONS: readonly Projection[] = [
  tasksProjection,
  projectsProjection,
  historyProjection,
  stageDurationsProjection,
  searchProjection,
];
