import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredEvent } from '../../../src/events/stored-event.js';
import { TASK_EVENT_TYPES, taskStream, type TaskEvent } from '../../../src/events/task/task-events.js';
import { PROJECTIONS } from '../../../src/projections/definitions/index.js';
import type { Projection } from '../../../src/projections/definitions/projection.js';
import { foldBatch } from '../../../src/projections/projector/fold-batch.js';

/*
 * Rows are snapshots of what today's code makes of the events. golden/histories.json holds whole tasks, and
 * golden/rows.json what each projection made of them, by its version: where that is not so any more, rows that are
 * there already and rows to come would differ, so the version has to be raised, which has the rows rebuilt.
 * A new event type wants a history with it: add one, at the end, raise nothing, and record the new hashes.
 */

interface Golden {
  readonly version: number;
  readonly sha256: string;
}

const golden = join(process.cwd(), 'test/contract/projections/golden');
const readJson = <T>(file: string): T => JSON.parse(readFileSync(join(golden, file), 'utf8')) as T;
const histories = readJson<TaskEvent[][]>('histories.json');
const recorded = readJson<Record<string, Golden>>('rows.json');

const taskIdOf = (history: number) => `7b0f7f2e-5a55-4a55-9a55-${String(history).padStart(12, '0')}`;

/** The history as the store would give it, as a task of its own. */
function storedEvents(events: readonly TaskEvent[], history: number): StoredEvent[] {
  const taskId = taskIdOf(history);
  return events.map(({ type, data }, index) => ({
    id: `00000000-0000-4000-8000-${String(history * 1_000 + index).padStart(12, '0')}`,
    stream: taskStream(taskId),
    type,
    revision: BigInt(index),
    position: BigInt(history * 100_000 + index * 100 + 100),
    created: new Date(data.at),
    data: type === 'TaskCreated' ? { ...data, taskId } : data,
    metadata: { schemaVersion: 1 },
  }));
}

/** Of the rows after each event: a sentence that is there for a moment counts as well. */
function rowsOf(projection: Projection): unknown[] {
  return histories.flatMap((events, history) => {
    const stored = storedEvents(events, history);
    return stored.map((_, index) => {
      const { rows, parked } = foldBatch(stored.slice(0, index + 1), PROJECTIONS, () => undefined);
      expect(parked).toEqual([]);
      return projection.tables.map((table) => rows.rowsOf(table));
    });
  });
}

/** Of tables and rows. Keys are sorted: their order is nothing to PostgreSQL. */
const sha256Of = (projection: Projection): string =>
  createHash('sha256')
    .update(JSON.stringify([projection.tables, rowsOf(projection)], sorted))
    .digest('hex');

const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

describe('the rows of golden histories', () => {
  it('are those of every event type', () => {
    const types = new Set(histories.flat().map(({ type }) => type));
    expect(TASK_EVENT_TYPES.filter((type) => !types.has(type))).toEqual([]);
  });

  it.each(PROJECTIONS.map((projection) => [projection.name, projection] as const))(
    'of %s are what its version made of them',
    (name, projection) => {
      const { version } = projection;
      const sha256 = sha256Of(projection);
      const was = recorded[name];
      if (was?.sha256 === sha256 && was.version === version) return;
      const isSilent = was?.version === version;
      const entry = { version: isSilent ? version + 1 : version, sha256 };
      const advice = isSilent
        ? `Raise its version to ${version + 1} in src/projections/definitions: rows that are there already were made otherwise. Then write`
        : 'Write';
      throw new Error(
        `The rows of "${name}" are not those recorded for version ${version}. ${advice} into golden/rows.json: "${name}": ${JSON.stringify(entry)}`,
      );
    },
  );

  it('are recorded of no projection that is not there', () =>
    expect(Object.keys(recorded).sort()).toEqual(PROJECTIONS.map(({ name }) => name).sort()));
});
