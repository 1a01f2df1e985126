import type { Settings } from '../platform/settings/settings.js';
import { Bulkheads } from './bulkheads.js';
import type { Process } from './process.js';
import type { Room } from './room.js';
import { SAGA_EVENT_TYPES, SAGA_GROUP, due, type NextCommand } from './react.js';
import type { StageRunner } from './stages/stage-runner.js';

/**
 * So many tasks may wait for a provider that hangs before others wait as well. A message is a kilobyte or two, and its prompt.
 */
const BUFFER_SIZE = 20_000;

/** A task's stages and further sessions. Each provider has its own limit of them at a time. */
export function provisioning(
  stages: Pick<StageRunner, 'run'>,
  room: Pick<Room, 'isKeptWaiting'>,
  { stages: policies, backOff, providerConcurrency }: Settings,
): Process<NextCommand> {
  const bulkheads = new Bulkheads(providerConcurrency);
  // A run makes one attempt of each stage at most, before it rests.
  const longest = Object.values(policies).reduce((sum, { timeoutMs }) => sum + timeoutMs, 0);
  return {
    name: 'saga',
    group: SAGA_GROUP,
    types: SAGA_EVENT_TYPES,
    bufferSize: BUFFER_SIZE,
    longestMs: longest + backOff.capMs,
    due,
    startIsAppended: (next, task) => next.type === 'RunStage' && !task.started,
    isKeptWaiting: (task, context) => room.isKeptWaiting(task, context),
    turn: (task, next, stop, effect) => bulkheads.run(task, next, stop, effect),
    run: (attempt) => stages.run(attempt),
  };
}
