import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { taskStream } from '../../../src/events/task/task-events.js';
import { InMemoryEventStore } from '../../support/in-memory-event-store.js';
import { Followed } from '../../support/followed.js';
import { ProjectionsApp } from '../../support/projections-app.js';
import { append, appendLives, asTask } from '../../support/recorded-tasks.js';
import { RowsServer } from '../../support/rows-server.js';
import { HISTORIES } from '../../support/task-history.js';
import { until } from '../../support/until.js';

const LIMIT_MS = 20_000;

describe('rows that are not where they were, under a running service', () => {
  let rows: RowsServer;
  let url: string;
  let store: InMemoryEventStore;
  let app: ProjectionsApp;
  let live: Followed;

  beforeAll(async () => {
    rows = await RowsServer.start();
  });
  afterAll(() => rows.stop());
  beforeEach(async () => {
    url = await rows.createDatabase();
    store = new InMemoryEventStore();
    app = await ProjectionsApp.start(url, store);
    live = new Followed(app.client, 'workspace:default');
  });
  afterEach(async () => {
    live.stop();
    await app.stop();
    await store.close();
  });

  const add = async () => {
    const taskId = randomUUID();
    await append(store, taskId, asTask(HISTORIES.running, taskId));
    return taskId;
  };
  const isShownAndTold = async (taskId: string) => {
    await until('the row', LIMIT_MS, async () => {
      const { body } = await app.get<{ items: { taskId: string }[] }>('/v1/tasks?limit=200');
      return body.items.some((task) => task.taskId === taskId);
    });
    await live.sees(
      'the live update',
      (task) => task.taskId === taskId && task.status === 'running',
      LIMIT_MS,
    );
  };
  const counted = async () =>
    (await rows.query<{ count: number }>(url, 'SELECT count(*)::int AS count FROM history'))[0]!.count;

  it('because a database was restored: they catch up, and live updates go on', async () => {
    await isShownAndTold(await add());
    const [{ position }] = (await rows.query<{ position: string }>(
      url,
      'SELECT position FROM read_model',
    )) as [{ position: string }];
    await isShownAndTold(await add());
    // As the restored database would be: without what came after the backup.
    await rows.query(url, 'UPDATE read_model SET position = $1', [position]);
    for (const table of [
      'history',
      'tasks',
      'projects',
      'stage_durations',
      'task_search',
      'transcript_entries',
    ])
      await rows.query(url, `DELETE FROM ${table} WHERE position > $1`, [position]);
    for (let count = 0; count < 3; count++) await isShownAndTold(await add());
    expect(await counted()).toBe(5 * HISTORIES.running.length);
  });

  it('because the database is an empty one: they are made anew, and live updates go on', async () => {
    await isShownAndTold(await add());
    await rows.query(url, 'DROP SCHEMA public CASCADE');
    await rows.query(url, 'CREATE SCHEMA public');
    await isShownAndTold(await add());
    await isShownAndTold(await add());
    expect(await counted()).toBe(3 * HISTORIES.running.length);
  });

  it('because the database holds those of another event log: nothing is written onto them, and readiness says why', async () => {
    const another = new InMemoryEventStore();
    await app.isAt(await appendLives(store, 500, 7));
    const before = await counted();
    await app.stop();
    app = await ProjectionsApp.start(url, another);
    await until('readiness to tell', LIMIT_MS, async () => {
      const { status, body } = await app.get<{ checks: { rows: { detail: string } } }>('/health/ready');
      return status === 503 && /made from another event log/.test(body.checks.rows.detail);
    });
    const taskId = randomUUID();
    await append(another, taskId, asTask(HISTORIES.running, taskId));
    expect((await app.get(`/v1/tasks/${taskId}`)).status).toBe(200);
    expect(await counted()).toBe(before);
    // With the right log it is as if nothing had been.
    await app.stop();
    app = await ProjectionsApp.start(url, store);
    const right = randomUUID();
    await app.isAt((await append(store, right, asTask(HISTORIES.running, right))).position);
    expect(store.log.some(({ stream }) => stream === taskStream(right))).toBe(true);
    expect((await app.get('/health/ready')).status).toBe(200);
    await another.close();
  });
});
