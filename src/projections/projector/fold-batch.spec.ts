import { describe, expect, it } from '@jest/globals';
import { DecidedTask } from '../../../test/support/decided-task.js';
import {
  HISTORIES,
  TASK_ID,
  failedIn,
  retryRequested,
  sessionCreated,
  started,
} from '../../../test/support/task-history.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { stageDurationsProjection } from '../definitions/stage-durations.projection.js';
import { PROJECTIONS } from '../definitions/index.js';
import type { Projection } from '../definitions/projection.js';
import { foldBatch } from './fold-batch.js';

const nobody = () => undefined;
const recorded = (events: Parameters<DecidedTask['append']>[0]): StoredEvent[] => {
  const task = new DecidedTask();
  task.append(events);
  return task.events;
};
const tables = PROJECTIONS.flatMap((projection) => projection.tables);
const table = (name: string) => tables.find((each) => each.name === name)!;

describe('folding a batch', () => {
  it('gives one row a key, as if events had been written one after the other', () => {
    const events = recorded(HISTORIES.running);
    const { rows, updates, parked, folds } = foldBatch(events, PROJECTIONS, nobody);
    expect(parked).toEqual([]);
    expect(rows.rowsOf(table('tasks'))).toEqual([
      expect.objectContaining({
        task_id: TASK_ID,
        status: 'running',
        created_position: String(events[0]!.position),
        position: String(events.at(-1)!.position),
        revision: String(events.length - 1),
      }),
    ]);
    expect(rows.rowsOf(table('history'))).toHaveLength(events.length);
    expect(rows.rowsOf(table('projects'))).toHaveLength(1);
    expect(rows.rowsOf(table('stage_durations'))).toHaveLength(4);
    expect(updates.map(({ position }) => position)).toEqual(events.map(({ position }) => position));
    expect(updates.at(-1)!.record).toMatchObject({
      status: 'running',
      position: String(events.at(-1)!.position),
    });
    expect(folds.get(TASK_ID)!.revision).toBe(BigInt(events.length - 1));
  });

  it('goes on from the folds that are there, wherever the batches are cut', () => {
    const events = recorded([...HISTORIES.error, retryRequested('ensure_agent'), started('ensure_agent')]);
    const whole = foldBatch(events, PROJECTIONS, nobody);
    for (let cut = 1; cut < events.length; cut++) {
      const first = foldBatch(events.slice(0, cut), PROJECTIONS, nobody);
      const second = foldBatch(events.slice(cut), PROJECTIONS, (taskId) => first.folds.get(taskId));
      expect(second.folds).toEqual(whole.folds);
      expect(second.updates.at(-1)!.record).toEqual(whole.updates.at(-1)!.record);
    }
  });

  it('parks an event that a projection throws at, with none of its rows, and goes on', () => {
    const events = recorded(HISTORIES.running);
    const picky: Projection = {
      ...stageDurationsProjection,
      project: (change) => {
        if (change.event?.type === 'TaskNamed') throw new Error('not this one');
        return stageDurationsProjection.project(change);
      },
    };
    const projections = PROJECTIONS.map((each) => (each.name === picky.name ? picky : each));
    const { rows, parked, updates } = foldBatch(events, projections, nobody);
    expect(parked).toEqual([{ stored: events[2], reason: 'not this one' }]);
    expect(rows.rowsOf(table('history'))).toHaveLength(events.length - 1);
    expect(updates).toHaveLength(events.length - 1);
    // Its effect on the task is not lost with it.
    expect(rows.rowsOf(table('tasks'))).toMatchObject([{ title: 'The login page forgets the language' }]);
  });

  it('shows a task with an event that cannot be read as in error, for good, and keeps the event in its history', () => {
    const events = recorded(HISTORIES.running);
    events[2] = { ...events[2]!, data: { title: 7 } };
    const { rows, parked, updates } = foldBatch(events, PROJECTIONS, nobody);
    const reason = expect.stringMatching(/^TaskNamed at task-.*@2: /);
    expect(parked).toEqual([{ stored: events[2], reason: expect.stringContaining('TaskNamed at') }]);
    expect(updates.map(({ record }) => record.status).slice(0, 2)).toEqual([
      'init_enqueue_provision',
      'init_ensure_name',
    ]);
    for (const { record } of updates.slice(2))
      expect(record).toMatchObject({
        status: 'error',
        title: null,
        statusMessage: expect.stringContaining('cannot be read by this version: TaskNamed'),
        error: { stage: 'ensure_name', attempts: 1, code: 'undecodable_event', reason },
      });
    const last = events.at(-1)!;
    expect(updates.at(-1)!.record.position).toBe(String(last.position));
    expect(rows.rowsOf(table('tasks'))).toMatchObject([{ status: 'error', revision: String(last.revision) }]);
    expect(rows.rowsOf(table('history'))).toHaveLength(events.length);
    expect(rows.rowsOf(table('history'))[2]).toMatchObject({ type: 'TaskNamed', data: { title: 7 } });
  });

  it('skips events of unknown types and those it has seen', () => {
    const events = recorded(HISTORIES.running);
    const unknown = { ...events[3]!, type: 'TaskPainted' };
    expect(foldBatch([unknown], PROJECTIONS, nobody)).toMatchObject({ parked: [], updates: [] });
    const { folds } = foldBatch(events, PROJECTIONS, nobody);
    const again = foldBatch(events.slice(4), PROJECTIONS, (taskId) => folds.get(taskId));
    expect(again.updates).toEqual([]);
    expect(again.rows.toJson()).toEqual(tables.map(() => '[]'));
  });
});

describe('folding events of sessions', () => {
  const SESSION = '7b0f7f2e-5a55-4a55-9a55-0000000000aa';
  const at = '2026-11-26T17:00:00.123Z';
  const inSession = (position: number, type: string, data: object): StoredEvent => ({
    id: `00000000-0000-4000-8000-${String(position).padStart(12, '0')}`,
    stream: `session-${SESSION}`,
    type,
    revision: BigInt(position),
    position: BigInt(position),
    created: new Date(at),
    data,
    metadata: { schemaVersion: 1 },
  });
  const said = (position: number) =>
    inSession(position, 'AgentSaid', { text: `<${position}>`, cursor: position, at });

  it('gives a row an entry, between those of tasks, whose folds and updates stay as they would be', () => {
    const ofTask = recorded(HISTORIES.running);
    const last = Number(ofTask.at(-1)!.position);
    const mixed = [said(last + 1), ...ofTask, said(last + 2)].map((event, index) =>
      event.stream.startsWith('session-') ? { ...event, position: BigInt(last + 1 + index) } : event,
    );
    const alone = foldBatch(ofTask, PROJECTIONS, nobody);
    const folded = foldBatch(mixed, PROJECTIONS, nobody);
    expect(folded.folds).toEqual(alone.folds);
    expect(folded.updates).toEqual(alone.updates);
    expect(folded.parked).toEqual([]);
    for (const name of ['tasks', 'history', 'projects', 'stage_durations', 'task_search'])
      expect(folded.rows.rowsOf(table(name))).toEqual(alone.rows.rowsOf(table(name)));
    expect(folded.rows.rowsOf(table('transcript_entries'))).toEqual([
      expect.objectContaining({ session_id: SESSION, position: String(last + 1) }),
      expect.objectContaining({ session_id: SESSION, position: String(last + 1 + ofTask.length + 1) }),
    ]);
  });

  it('makes no row of what nobody needs to see, and of an event that comes twice only one', () => {
    const events = [inSession(1, 'TurnStarted', { promptId: 'p', at }), said(2), said(2)];
    const { rows } = foldBatch(events, PROJECTIONS, nobody);
    expect(rows.rowsOf(table('transcript_entries'))).toHaveLength(1);
  });

  it('parks what cannot be read, and says so in its place', () => {
    const { rows, parked } = foldBatch(
      [said(1), inSession(2, 'AgentSaid', { text: 7, at }), said(3), inSession(4, 'AgentSang', {})],
      PROJECTIONS,
      nobody,
    );
    expect(parked).toMatchObject([
      { stored: { position: 2n }, reason: expect.stringContaining('AgentSaid') },
    ]);
    expect(rows.rowsOf(table('transcript_entries'))).toMatchObject([
      { entry: { kind: 'message' } },
      { position: '2', entry: { kind: 'notice', code: 'unreadable' } },
      { entry: { kind: 'message' } },
    ]);
  });
});

describe('stage durations', () => {
  const durations = (events: StoredEvent[]) =>
    foldBatch(events, PROJECTIONS, nobody).rows.rowsOf(table('stage_durations'));
  const at = (time: string) => `2026-01-02T03:04:${time}Z`;
  const timed = (event: StoredEvent, time: string): StoredEvent => ({
    ...event,
    data: { ...(event.data as object), at: at(time) },
  });

  it('run from the first attempt to the success, over failed attempts but not over a retry by a person', () => {
    const events = recorded([
      ...failedIn('create_session'),
      retryRequested('create_session'),
      started('create_session', 1),
      started('create_session', 2),
      sessionCreated(),
    ]);
    const length = events.length;
    const times = ['10', '40', '45', '50'];
    const timedEvents = events.map((event, index) =>
      index >= length - 4 ? timed(event, times[index - length + 4]!) : event,
    );
    expect(durations(timedEvents).at(-1)).toMatchObject({
      stage: 'create_session',
      attempts: 2,
      started_at: at('40'),
      ended_at: at('50'),
    });
  });

  it('of the ways out are told as well, and further sessions are no stage', () => {
    expect(durations(recorded(HISTORIES.archived)).at(-1)).toMatchObject({
      stage: 'release_sandbox',
      ended_at: expect.any(String),
    });
    const running = recorded([...HISTORIES.running, sessionCreated('another')]);
    expect(durations(running)).toEqual(durations(running.slice(0, -1)));
  });
});
