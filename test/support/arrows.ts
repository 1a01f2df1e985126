import type { TaskStatus } from '../../src/events/task/vocabulary.js';

const WAYS_OUT: readonly TaskStatus[] = ['archiving', 'killing'];

/** The arrows of the task's life. A status may also stay as it is, all but `killed` through any number of events. */
export const ARROWS: Record<TaskStatus, readonly TaskStatus[]> = {
  // Also where a task waited that was resumed: it goes on where it was.
  init_enqueue_provision: [
    'init_ensure_name',
    'init_create_sandbox',
    'init_ensure_agent',
    'error',
    ...WAYS_OUT,
  ],
  init_ensure_name: ['init_enqueue_provision', 'init_create_sandbox', 'error', ...WAYS_OUT],
  // Back where the repository has the branch that was chosen.
  init_create_sandbox: ['init_ensure_name', 'init_ensure_agent', 'error', ...WAYS_OUT],
  // Where the task was resumed: to running, its first session is there already; or it waits for room.
  init_ensure_agent: ['init_enqueue_provision', 'init_create_session', 'running', 'error', ...WAYS_OUT],
  init_create_session: ['running', 'error', ...WAYS_OUT],
  running: WAYS_OUT,
  error: ['init_ensure_name', 'init_create_sandbox', 'init_ensure_agent', 'init_create_session', ...WAYS_OUT],
  // Straight on where somebody asked something of a task that was going to sleep.
  archiving: ['archived', 'sleeping', 'init_ensure_agent', 'error', 'killing'],
  sleeping: ['init_ensure_name', 'init_ensure_agent', 'archiving', 'killing'],
  archived: ['init_ensure_name', 'init_ensure_agent', 'killing'],
  killing: ['killed', 'error'],
  killed: [],
};
