import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredEvent } from '../../events/stored-event.js';
import { taskStream, type TaskEvent } from '../../events/task/task-events.js';
import { withoutTexts } from '../../events/texts.js';
import { PROJECTIONS } from '../definitions/index.js';
import { Feed } from '../feed/feed.js';
import { foldBatch, type Folded } from './fold-batch.js';

const file = join(process.cwd(), 'test/contract/projections/golden/histories.json');
const histories = (JSON.parse(readFileSync(file, 'utf8')) as TaskEvent[][]).map((events, index) => ({
  name: `history ${index + 1}`,
  events,
}));
const at = '2026-11-27T10:00:00.000Z';
const created = (events: readonly TaskEvent[]) =>
  (events[0] as Extract<TaskEvent, { type: 'TaskCreated' }>).data;

const stored = (events: readonly TaskEvent[]): StoredEvent[] =>
  events.map(({ type, data }, index) => ({
    id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    stream: taskStream(created(events).taskId),
    type,
    revision: BigInt(index),
    position: BigInt(index * 100 + 100),
    created: new Date(at),
    data,
    metadata: { schemaVersion: 1 },
  }));
const erasedHistory = (events: readonly TaskEvent[]) =>
  stored([...events, { type: 'TaskErased', data: { at } }]);
const blank = (event: StoredEvent) => ({ ...event, data: withoutTexts(event.type, event.data) });
const tables = PROJECTIONS.flatMap((projection) => projection.tables).filter(({ insertOnly }) => !insertOnly);
const rowsOf = ({ rows }: Folded) => tables.map((table) => rows.rowsOf(table));

/** One by one, as where each event is a batch of its own. */
function foldedOneByOne(events: readonly StoredEvent[]): Folded {
  let folded = foldBatch([], PROJECTIONS, () => undefined);
  for (const event of events) {
    const { folds } = folded;
    folded = foldBatch([event], PROJECTIONS, (taskId) => folds.get(taskId));
  }
  return folded;
}

describe.each(histories)('the rows of $name when it is erased', ({ events }) => {
  const before = erasedHistory(events);

  it('are the same whether its key was there or destroyed when it was read', () => {
    const live = foldBatch(before, PROJECTIONS, () => undefined);
    const rebuilt = foldBatch(before.map(blank), PROJECTIONS, () => undefined);
    expect(new Set(live.erased)).toEqual(new Set([before[0]!.stream]));
    expect(rowsOf(rebuilt)).toEqual(rowsOf(live));
    expect([...rebuilt.folds]).toEqual([...live.folds]);
    expect([...foldedOneByOne(before).folds]).toEqual([...live.folds]);
  });

  it('have no text in them, nor has what is kept for those who come back', () => {
    const { task } = created(events);
    const live = foldBatch(before, PROJECTIONS, () => undefined);
    expect(JSON.stringify([rowsOf(live), ...live.folds.values()], plain)).not.toContain(task);
    const feed = new Feed();
    feed.start(0n);
    feed.publish(0n, before.at(-1)!.position, live.updates);
    const told = feed.since(0n)!;
    expect(told).toHaveLength(live.updates.length);
    expect(JSON.stringify(told.map(({ record }) => record))).not.toContain(task.slice(0, 100));
  });
});

const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);
