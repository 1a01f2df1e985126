import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  SESSION_EVENT_TYPES,
  sessionIdOfStream,
  type SessionEventType,
} from '../../../src/events/session/session-events.js';
import type { StoredEvent } from '../../../src/events/stored-event.js';
import {
  TASK_EVENT_TYPES,
  taskIdOfStream,
  taskStream,
  type TaskEvent,
} from '../../../src/events/task/task-events.js';
import { currentVersion } from '../../../src/events/codec.js';
import { PROJECTIONS } from '../../../src/projections/definitions/index.js';
import type { Projection } from '../../../src/projections/definitions/projection.js';
import { foldBatch } from '../../../src/projections/projector/fold-batch.js';
import { expectations, historyFiles, streamsOf } from '../../histories/recorded-histories.js';

/*
 * Rows are snapshots of what today's code makes of the events. golden/rows.json holds a hash of what each projection made
 * of whole tasks, by its version: where that is not so any more, rows that are there already and rows to come would
 * differ, so the version has to be raised, which has the rows rebuilt. The tasks are those of golden/histories.json,
 * written by hand and short, and those of test/histories, recorded from real services. The events of sessions are those of
 * test/contract/store/golden, each type in a stream.
 * A new event type wants a history with it: add one, at the end, raise nothing. To record the hashes of what is new or
 * has a raised version: WRITE_GOLDEN=1 npm run -s jest -- test/contract/projections/golden.spec.ts
 */

interface Golden {
  readonly version: number;
  /** By source. */
  readonly sha256: Readonly<Record<string, string>>;
}

/** Whole tasks, each by itself. */
interface Source {
  /** `by hand 7`, the place in histories.json, or the name of a recorded file. */
  readonly name: string;
  readonly histories: readonly (readonly StoredEvent[])[];
  /** Events that nobody can read: they are parked. */
  readonly unreadable: number;
}

const golden = join(process.cwd(), 'test/contract/projections/golden');
const readJson = <T>(file: string): T => JSON.parse(readFileSync(join(golden, file), 'utf8')) as T;
const written = readJson<TaskEvent[][]>('histories.json');
const recorded = readJson<Record<string, Golden>>('rows.json');

const taskIdOf = (history: number) => `7b0f7f2e-5a55-4a55-9a55-${String(history).padStart(12, '0')}`;

const SESSION_STREAM = 'session-7b0f7f2e-5a55-4a55-9a55-0000000000aa';

/** The golden events of a type of a session's, in one stream. With a field more there they are another source. */
function sessionSource(type: SessionEventType): Source {
  const file = join(process.cwd(), `test/contract/store/golden/${type}.v${currentVersion(type)}.json`);
  const events = JSON.parse(readFileSync(file, 'utf8')) as StoredEvent[];
  const digest = createHash('sha256').update(JSON.stringify(events)).digest('hex').slice(0, 8);
  const stored = events.map((event, index) => ({
    ...event,
    id: `00000000-0000-4000-9000-${String(index).padStart(12, '0')}`,
    stream: SESSION_STREAM,
    revision: BigInt(index),
    position: BigInt(index * 100 + 50),
    created: new Date('2026-11-26T17:00:00.123Z'),
  }));
  return { name: `${type} ${digest}`, histories: [stored], unreadable: 0 };
}

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

async function sources(): Promise<Source[]> {
  const files = historyFiles().map(async (name) => {
    const streams = [...(await streamsOf(name))];
    const those = (idOf: (stream: string) => string | null) =>
      streams.filter(([stream]) => idOf(stream) !== null).map(([, events]) => events);
    const { unreadable } = expectations()[name]!;
    const sessions = those(sessionIdOfStream);
    return [
      { name, histories: those(taskIdOfStream), unreadable },
      ...(sessions.length > 0 ? [{ name: `${name}, sessions`, histories: sessions, unreadable: 0 }] : []),
    ];
  });
  const byHand = written.map((events, index) => ({
    name: `by hand ${index + 1}`,
    histories: [storedEvents(events, index)],
    unreadable: 0,
  }));
  return [...byHand, ...SESSION_EVENT_TYPES.map(sessionSource), ...(await Promise.all(files)).flat()];
}

/** Of the rows after each event: a sentence that is there for a moment counts as well. */
function rowsOf(projection: Projection, { histories, unreadable }: Source): unknown[] {
  let parkedInAll = 0;
  const all = histories.flatMap((events) =>
    events.map((_, index) => {
      const { rows, parked } = foldBatch(events.slice(0, index + 1), PROJECTIONS, () => undefined);
      if (index === events.length - 1) parkedInAll += parked.length;
      return projection.tables.map((table) => rows.rowsOf(table));
    }),
  );
  expect(parkedInAll).toBe(unreadable);
  return all;
}

/** Of tables and rows. Keys are sorted: their order is nothing to PostgreSQL. */
const sha256Of = (projection: Projection, source: Source): string =>
  createHash('sha256')
    .update(JSON.stringify([projection.tables, rowsOf(projection, source)], sorted))
    .digest('hex');

const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

const RECORD = 'Record them: WRITE_GOLDEN=1 npm run -s jest -- test/contract/projections/golden.spec.ts';

/** What there is to say against the hashes that are recorded; nothing, where they are right. */
function complaint(
  name: string,
  now: Golden,
  was: Golden | undefined,
): { readonly text: string; readonly mayBeRecorded: boolean } | undefined {
  const changed = Object.keys(now.sha256).filter((source) => was?.sha256[source] !== now.sha256[source]);
  const gone = Object.keys(was?.sha256 ?? {}).filter((source) => !(source in now.sha256));
  const silent = changed.filter((source) => was?.sha256[source] !== undefined);
  if (silent.length > 0 && was!.version === now.version)
    return {
      text:
        `The rows of "${name}" are not those recorded for version ${now.version} (of ${silent.join(', ')}). Raise its version to ` +
        `${now.version + 1} in src/projections/definitions: rows that are there already were made otherwise. ${RECORD}`,
      mayBeRecorded: false,
    };
  if (changed.length > 0 || gone.length > 0 || was?.version !== now.version)
    return {
      text: `The rows of "${name}" in version ${now.version} are not recorded (of ${changed.join(', ') || 'what there is'}). ${RECORD}`,
      mayBeRecorded: true,
    };
  return undefined;
}

describe('the rows of golden histories', () => {
  it('are those of every event type', () => {
    const types = new Set(written.flat().map(({ type }) => type));
    expect(TASK_EVENT_TYPES.filter((type) => !types.has(type))).toEqual([]);
  });

  it.each(PROJECTIONS.map((projection) => [projection.name, projection] as const))(
    'of %s are what its version made of them',
    async (name, projection) => {
      const hashes = (await sources()).map((source) => [source.name, sha256Of(projection, source)]);
      const now: Golden = { version: projection.version, sha256: Object.fromEntries(hashes) };
      const wrong = complaint(name, now, recorded[name]);
      if (wrong === undefined) return;
      if (!process.env['WRITE_GOLDEN'] || !wrong.mayBeRecorded) throw new Error(wrong.text);
      recorded[name] = now;
      writeFileSync(join(golden, 'rows.json'), `${JSON.stringify(recorded, null, 2)}\n`);
    },
  );

  it('are recorded of no projection that is not there', () =>
    expect(Object.keys(recorded).sort()).toEqual(PROJECTIONS.map(({ name }) => name).sort()));

  it('want a raised version where they changed, and none where only a source is new', () => {
    const was: Golden = { version: 1, sha256: { a: '1' } };
    const judged = (version: number, sha256: Golden['sha256']) =>
      complaint('x', { version, sha256 }, was)?.mayBeRecorded;
    expect(judged(1, { a: '1' })).toBeUndefined();
    expect(judged(1, { a: '2' })).toBe(false);
    expect(judged(1, { a: '2', b: '1' })).toBe(false);
    expect(judged(2, { a: '2' })).toBe(true);
    expect(judged(2, { a: '1' })).toBe(true);
    expect(judged(1, { a: '1', b: '1' })).toBe(true);
    expect(complaint('x', { version: 1, sha256: { a: '2' } }, was)!.text).toMatch(/Raise its version to 2/);
  });
});
