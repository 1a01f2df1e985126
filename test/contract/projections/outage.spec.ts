import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { InMemoryEventStore } from '../../support/in-memory-event-store.js';
import { ProjectionsApp } from '../../support/projections-app.js';
import { append, appendLives, asTask } from '../../support/recorded-tasks.js';
import { RowsServer } from '../../support/rows-server.js';
import { HISTORIES } from '../../support/task-history.js';

const RECOVERY_MS = 10_000;

describe('PostgreSQL away', () => {
  let rows: RowsServer;
  const store = new InMemoryEventStore();
  /** Without those of the readiness canary. */
  const taskEvents = () => store.log.filter(({ stream }) => stream.startsWith('task-'));
  beforeAll(async () => {
    rows = await RowsServer.start();
  });
  afterAll(async () => {
    await store.close();
    await rows.stop();
  });

  it('hinders no boot; single tasks answer from their streams, lists say when to come back; then all is made up for', async () => {
    const url = await rows.createDatabase();
    await rows.goAway();
    const app = await ProjectionsApp.start(url, store);
    try {
      const taskId = randomUUID();
      await append(store, taskId, asTask(HISTORIES.running, taskId));
      expect(await app.get(`/v1/tasks/${taskId}`)).toMatchObject({
        status: 200,
        body: { status: 'running' },
      });
      expect(await app.get(`/v1/tasks/${taskId}/sessions`)).toMatchObject({ status: 200 });
      const history = await app.get<{ items: object[] }>(`/v1/tasks/${taskId}/history`);
      expect(history.body.items).toHaveLength(HISTORIES.running.length);
      const list = await app.get('/v1/tasks');
      expect(list).toMatchObject({ status: 503, body: { code: 'rows_unavailable', status: 503 } });
      expect(list.headers.get('retry-after')).toBe('2');
      expect(list.headers.get('content-type')).toMatch('application/problem+json');
      expect(await app.get('/health/ready')).toMatchObject({
        status: 503,
        body: { checks: { rows: { ok: false } } },
      });

      await rows.comeBack();
      await app.isAt(taskEvents().at(-1)!.position, RECOVERY_MS);
      expect(await app.get('/v1/tasks')).toMatchObject({ status: 200, body: { items: [{ taskId }] } });
    } finally {
      await app.stop();
    }
  });

  it('in the middle of the work costs nothing: projecting goes on from the checkpoint', async () => {
    const url = await rows.createDatabase();
    const app = await ProjectionsApp.start(url, store);
    try {
      await app.isAt(await appendLives(store, 500, 31));
      for (let round = 0; round < 2; round++) {
        const appending = appendLives(store, 500, 32 + round);
        await rows.goAway();
        await app.becomes('down');
        expect((await app.get('/v1/projects')).status).toBe(503);
        const position = await appending;
        await rows.comeBack();
        await app.isAt(position, RECOVERY_MS);
        await app.becomes('active', RECOVERY_MS);
      }
      const counted = await rows.query(url, 'SELECT count(*)::int AS count FROM history');
      expect(counted).toEqual([{ count: taskEvents().length }]);
    } finally {
      await app.stop();
    }
  });
});
