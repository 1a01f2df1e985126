import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { taskTopic } from '@slipway/client';
import { randomUUID } from 'node:crypto';
import type { TaskRecord } from '../../../src/events/task/task-record.js';
import type { TaskEvent } from '../../../src/events/task/task-events.js';
import { InMemoryEventStore } from '../../support/in-memory-event-store.js';
import { Followed } from '../../support/followed.js';
import { ProjectionsApp } from '../../support/projections-app.js';
import { append, asTask } from '../../support/recorded-tasks.js';
import { RowsServer } from '../../support/rows-server.js';
import { HISTORIES, SECOND_SESSION, sessionRequested } from '../../support/task-history.js';

const LONG = `Fix the 🚢 of ${'🚢'.repeat(90_000)} the end`;

describe('a long prompt', () => {
  let rows: RowsServer;
  let url: string;
  let app: ProjectionsApp;
  let live: Followed;
  const store = new InMemoryEventStore();
  const taskId = randomUUID();

  beforeAll(async () => {
    rows = await RowsServer.start();
    url = await rows.createDatabase();
    app = await ProjectionsApp.start(url, store);
    live = new Followed(app.client, 'workspace:default');
    const further: TaskEvent = sessionRequested(SECOND_SESSION);
    const prompted = { ...further, data: { ...further.data, prompt: LONG } } as TaskEvent;
    await append(store, taskId, asTask([...HISTORIES.running, prompted], taskId, { task: LONG }));
    await app.isAt(store.log.filter(({ stream }) => stream.startsWith('task-')).at(-1)!.position);
  });
  afterAll(async () => {
    live.stop();
    await app.stop();
    await store.close();
    await rows.stop();
  });

  const isBeginning = (record: TaskRecord) => {
    expect(record.taskTruncated).toBe(true);
    expect(record.task.length).toBeLessThanOrEqual(300);
    expect(record.task.length).toBeGreaterThan(290);
    expect(record.task.isWellFormed()).toBe(true);
    expect(LONG.startsWith(record.task)).toBe(true);
  };

  it('is shown by its beginning in lists', async () => {
    const { body } = await app.get<{ items: TaskRecord[] }>('/v1/tasks');
    expect(body.items).toHaveLength(1);
    isBeginning(body.items[0]!);
    expect(JSON.stringify(body).length).toBeLessThan(3_000);
  });

  it('is shown by its beginning in live updates, those of now and those from the rows', async () => {
    await live.sees('the second session', ({ sessions }) => sessions.length === 2);
    for (const task of live.tasks) isBeginning(task);
    const late = new Followed(app.client, taskTopic(taskId));
    isBeginning(await late.sees('the record', () => true));
    late.stop();
  });

  it('is whole in the record and in the history, here and in a process that has just started', async () => {
    const another = await ProjectionsApp.start(url, store);
    for (const each of [app, another]) {
      const { body } = await each.get<TaskRecord>(`/v1/tasks/${taskId}`);
      expect(body.task).toBe(LONG);
      expect(body).not.toHaveProperty('taskTruncated');
      const history = await each.get<{ items: { data: { task?: string } }[] }>(`/v1/tasks/${taskId}/history`);
      expect(history.body.items[0]!.data.task).toBe(LONG);
    }
    await another.stop();
  });

  it('is stored once', async () => {
    const holding = await rows.query<{ count: number }>(
      url,
      `SELECT (SELECT count(*) FROM history t WHERE t::text LIKE '%the end%')::int
        + (SELECT count(*) FROM tasks t WHERE t::text LIKE '%the end%')::int
        + (SELECT count(*) FROM task_search t WHERE t::text LIKE '%the end%')::int AS count`,
    );
    // One is the prompt of the task, the other that of the second session.
    expect(holding).toEqual([{ count: 2 }]);
  });

  it('that is short stays as it is', async () => {
    const short = randomUUID();
    const { position } = await append(
      store,
      short,
      asTask(HISTORIES.running, short, { task: 'x'.repeat(300) }),
    );
    const { body } = await app.get<{ items: TaskRecord[] }>(`/v1/tasks?minPosition=${position}`);
    const record = body.items.find((item) => item.taskId === short)!;
    expect(record.task).toHaveLength(300);
    expect(record).not.toHaveProperty('taskTruncated');
  });
});
