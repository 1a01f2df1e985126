import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { StoredEvent } from '../../../src/events/stored-event.js';
import { taskStream, type TaskEvent } from '../../../src/events/task/task-events.js';
import { TaskStreams } from '../../../src/store/aggregate-streams.js';
import { toTaskRecord, type TaskRecord } from '../../../src/events/task/task-record.js';
import { encodeCursor } from '../../../src/projections/queries/page-cursor.js';
import { InMemoryEventStore } from '../../support/in-memory-event-store.js';
import { ProjectionsApp } from '../../support/projections-app.js';
import { append, appendLives, asTask } from '../../support/recorded-tasks.js';
import { RowsServer } from '../../support/rows-server.js';
import { AT, HISTORIES, created } from '../../support/task-history.js';

interface Page<T> {
  items: T[];
  next: string | null;
}

const taskIdsOf = (log: readonly StoredEvent[]): string[] => [
  ...new Set(log.map(({ stream }) => stream.slice('task-'.length))),
];

const queued: TaskEvent = { type: 'TaskQueued', data: { at: AT } };
const IN_A_LINE = { workspaceId: 'workspace-0' };

/** As its stream tells it: the place in the line is that of the read. */
const withoutPlace = (record: TaskRecord): TaskRecord => ({
  ...record,
  statusMessage: record.statusMessage.replace(/ \(number \d+ in line\)$/, ''),
  queue: record.queue && { ...record.queue, place: null },
});

/** What the stream itself says of a task. */
const recordFromStream = async (store: InMemoryEventStore, taskId: string) =>
  toTaskRecord(await new TaskStreams(store).refresh(taskId));

describe('rows', () => {
  let rows: RowsServer;
  beforeAll(async () => {
    rows = await RowsServer.start();
  });
  afterAll(() => rows.stop());

  it('are the folds of the streams, whatever happens in them, also after a restart in the middle', async () => {
    const url = await rows.createDatabase();
    const store = new InMemoryEventStore();
    const first = await ProjectionsApp.start(url, store);
    await first.isAt(await appendLives(store, 2_000, 11));
    await first.stop();
    await appendLives(store, 2_000, 12);
    // Whatever the lives came to, some wait in a line.
    const waiting = Array.from({ length: 3 }, () => randomUUID());
    for (const id of waiting) await append(store, id, asTask([created(), queued], id, IN_A_LINE));
    const { position } = store.log.at(-1)!;
    const second = await ProjectionsApp.start(url, store);
    try {
      await second.isAt(position);
      const listed = new Map<string, TaskRecord>();
      for (const workspace of ['workspace-0', 'workspace-1', 'workspace-2']) {
        let cursor: string | null = encodeCursor('9223372036854775807');
        while (cursor !== null) {
          const path: string = `/v1/tasks?workspaceId=${workspace}&limit=200&cursor=${cursor}`;
          const { body }: { body: Page<TaskRecord> } = await second.get<Page<TaskRecord>>(path);
          for (const task of body.items) listed.set(task.taskId, task);
          cursor = body.next;
        }
      }
      const taskIds = taskIdsOf(store.log);
      expect(listed.size).toBe(taskIds.length);
      for (const taskId of taskIds)
        expect(withoutPlace(listed.get(taskId)!)).toEqual(await recordFromStream(store, taskId));
      // Where those that wait stand is told to whoever reads: everybody has a place of their own.
      let longest = 0;
      for (const workspace of ['workspace-0', 'workspace-1', 'workspace-2']) {
        const places = [...listed.values()].flatMap(({ workspaceId, queue }) =>
          workspaceId === workspace && queue !== null ? [queue.place!] : [],
        );
        longest = Math.max(longest, places.length);
        expect(places.sort((a, b) => a - b)).toEqual(places.map((_, index) => index + 1));
      }
      expect(longest).toBeGreaterThanOrEqual(waiting.length);
      const history = await rows.query(url, 'SELECT count(*)::int AS count FROM history');
      expect(history).toEqual([{ count: store.log.length }]);
    } finally {
      await second.stop();
    }
  });

  it('keep going past what cannot be projected: it is parked with its reason, and nothing else waits', async () => {
    const url = await rows.createDatabase();
    const store = new InMemoryEventStore();
    const [sick, well, late] = [randomUUID(), randomUUID(), randomUUID()];
    await append(store, sick, asTask([created()], sick));
    const event = { id: randomUUID(), type: 'TaskNamed', data: { title: 7 }, metadata: { schemaVersion: 1 } };
    const poison = await store.append(taskStream(sick), [event], 0n);
    await append(store, sick, [HISTORIES.running[1]!], 1n);
    await store.append('elsewhere-1', [{ ...event, id: randomUUID() }], 'no_stream');
    await append(store, well, asTask(HISTORIES.running, well));
    const newer = { ...event, id: randomUUID(), metadata: { schemaVersion: 99 } };
    await store.append(taskStream(late), [newer], 'no_stream');
    const { position } = await append(store, late, asTask([created()], late), 0n);

    const app = await ProjectionsApp.start(url, store);
    try {
      await app.isAt(position);
      const status = async (id: string) =>
        (await rows.query<{ status: string }>(url, 'SELECT status FROM tasks WHERE task_id = $1', [id]))[0]
          ?.status;
      expect(await status(well)).toBe('running');
      expect(await status(sick)).toBe('error');
      expect(await status(late)).toBe('init_enqueue_provision');
      const parked = await rows.query<{ position: string; stream: string; reason: string }>(
        url,
        'SELECT position, stream, type, reason FROM parked_events ORDER BY position',
      );
      expect(parked).toEqual([
        expect.objectContaining({
          position: String(poison.position),
          stream: taskStream(sick),
          reason: expect.stringContaining('TaskNamed'),
        }),
        expect.objectContaining({
          stream: 'elsewhere-1',
          reason: expect.stringContaining('not the stream of a task'),
        }),
        expect.objectContaining({
          stream: taskStream(late),
          reason: expect.stringContaining('schema version 99'),
        }),
      ]);
      expect(await app.projections.status()).toMatchObject({
        projecting: 'active',
        connected: true,
        parked: 3,
      });
    } finally {
      await app.stop();
    }
  });

  it('park by itself, out of a whole batch, the one event whose values PostgreSQL refuses', async () => {
    const url = await rows.createDatabase();
    const store = new InMemoryEventStore();
    const ids = Array.from({ length: 60 }, () => randomUUID());
    let position = 0n;
    for (const [index, id] of ids.entries()) {
      const events = asTask(HISTORIES.running, id);
      // A time that passes for one by its spelling and is none.
      if (index === 31)
        events[3] = {
          type: 'StageStarted',
          data: { stage: 'create_sandbox', attempt: 1, at: '2026-13-45T99:99:99Z' },
        };
      position = (await append(store, id, events)).position;
    }
    const app = await ProjectionsApp.start(url, store);
    try {
      await app.isAt(position);
      const counted = await rows.query(
        url,
        'SELECT status, count(*)::int AS count FROM tasks GROUP BY status',
      );
      expect(counted).toEqual([{ status: 'running', count: 60 }]);
      const parked = await rows.query<{ stream: string; reason: string }>(
        url,
        'SELECT stream, reason FROM parked_events',
      );
      expect(parked).toEqual([
        { stream: taskStream(ids[31]!), reason: expect.stringMatching(/PostgreSQL refused it.*2026-13-45/) },
      ]);
    } finally {
      await app.stop();
    }
  });

  it('show text that PostgreSQL cannot keep as it is, made storable, rather than lose the task', async () => {
    const url = await rows.createDatabase();
    const store = new InMemoryEventStore();
    const taskId = randomUUID();
    const { position } = await append(
      store,
      taskId,
      asTask([created()], taskId, { task: 'nul \0, half \ud83d pair' }),
    );
    const app = await ProjectionsApp.start(url, store);
    try {
      await app.isAt(position);
      const { body } = await app.get<Page<TaskRecord>>('/v1/tasks');
      expect(body.items[0]!.task).toBe('nul \uFFFD, half \uFFFD pair');
      expect((await app.projections.status()).parked).toBe(0);
    } finally {
      await app.stop();
    }
  });
});
