import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { Causation } from '../../src/events/codec.js';
import { encode } from '../../src/events/task/fold.js';
import type { AppendResult, EventStore } from '../../src/store/event-store.js';
import { lifecycleOf } from '../../src/events/task/lifecycle.js';
import { taskStream, type TaskEvent } from '../../src/events/task/task-events.js';
import { eventsOf, taskWalks } from './task-walk.js';

/** A task with a whole life in events, as the decider would have made them. */
export interface RecordedLife {
  readonly taskId: string;
  readonly events: readonly TaskEvent[];
}

export const causation = (): Causation => ({
  commandId: randomUUID(),
  correlationId: randomUUID(),
  causationId: randomUUID(),
  actor: 'test',
});

/** The same events as another task's. */
export function asTask(
  events: readonly TaskEvent[],
  taskId: string,
  over: { workspaceId?: string; projectId?: string; task?: string } = {},
): TaskEvent[] {
  return events.map((event) =>
    event.type === 'TaskCreated' ? { ...event, data: { ...event.data, ...over, taskId } } : event,
  );
}

/** Lives of any kind, the same ones for the same seed (but for the task ids), in a few workspaces and projects. */
export function* lives(seed: number): Generator<RecordedLife> {
  const walks = fc.sample(taskWalks, { seed, numRuns: 300 }).map(eventsOf);
  for (let index = 0; ; index++) {
    const taskId = randomUUID();
    const number = index % 7;
    yield {
      taskId,
      events: asTask(walks[index % walks.length]!, taskId, {
        workspaceId: `workspace-${number % 3}`,
        projectId: `project-${number}`,
        task: `task ${index}`,
      }),
    };
  }
}

/** Appends events to a task behind the revision `from`. Answers where they end. */
export async function append(
  store: EventStore,
  taskId: string,
  events: readonly TaskEvent[],
  from = -1n,
): Promise<AppendResult> {
  return store.append(taskStream(taskId), encode(events, causation()), from < 0n ? 'no_stream' : from);
}

/** Appends so many events of lives of any kind, interleaved as if many tasks were under way at a time. */
export async function appendLives(
  store: EventStore,
  count: number,
  seed = 1,
  width = 50,
  isWanted: (life: RecordedLife) => boolean = () => true,
): Promise<bigint> {
  const source = wanted(lives(seed), isWanted);
  const open = Array.from({ length: width }, () => ({ ...nextOf(source), next: 0 }));
  let position = 0n;
  let appended = 0;
  while (appended < count) {
    const turns = open.map(async (life) => {
      if (life.next >= life.events.length) Object.assign(life, nextOf(source), { next: 0 });
      const events = life.events.slice(life.next, life.next + 1 + (life.next % 3));
      const result = await append(store, life.taskId, events, BigInt(life.next) - 1n);
      life.next += events.length;
      appended += events.length;
      if (result.position > position) position = result.position;
    });
    await Promise.all(turns);
  }
  return position;
}

/** For a store beside which a service runs: it acts on tasks that wait in their workspace's line, and on those that are to sleep. */
export const isLeftAlone = ({ events }: RecordedLife): boolean =>
  !events.some(
    (event) =>
      event.type === 'TaskQueued' || (event.type === 'TaskCreated' && lifecycleOf(event.data) !== null),
  );

function* wanted(
  all: Generator<RecordedLife>,
  isWanted: (life: RecordedLife) => boolean,
): Generator<RecordedLife> {
  for (const life of all) if (isWanted(life)) yield life;
}

const nextOf = (source: Generator<RecordedLife>): RecordedLife => source.next().value as RecordedLife;
