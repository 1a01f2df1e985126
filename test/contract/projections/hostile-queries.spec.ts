import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { InMemoryEventStore } from '../../support/in-memory-event-store.js';
import { ProjectionsApp } from '../../support/projections-app.js';
import { append, asTask } from '../../support/recorded-tasks.js';
import { RowsServer } from '../../support/rows-server.js';
import { HISTORIES } from '../../support/task-history.js';

const TEXTS = [
  '\0',
  'a\0b',
  '\uFFFD',
  '%',
  '_',
  '\\',
  '\\%',
  "'",
  '"',
  '$1',
  ':text',
  'NaN',
  '-1',
  '1e9',
  '9'.repeat(19),
  '🚢'.repeat(99),
  'x'.repeat(201),
  ' ',
  '',
];

const QUERIES = [
  'workspaceId',
  'status',
  'projectId',
  'q',
  'limit',
  'cursor',
  'minPosition',
  'after',
  'at',
  'providerId',
];

describe('a query, whatever is in it', () => {
  let rows: RowsServer;
  let app: ProjectionsApp;
  let paths: string[];
  const store = new InMemoryEventStore();
  beforeAll(async () => {
    rows = await RowsServer.start();
    app = await ProjectionsApp.start(await rows.createDatabase(), store);
    const taskId = randomUUID();
    await app.isAt((await append(store, taskId, asTask(HISTORIES.running, taskId))).position);
    paths = [
      '/v1/tasks',
      '/v1/projects',
      '/v1/stage-durations',
      `/v1/tasks/${taskId}`,
      `/v1/tasks/${taskId}/history`,
      `/v1/tasks/${taskId}/sessions`,
    ];
  });
  afterAll(async () => {
    await app.stop();
    await store.close();
    await rows.stop();
  });

  const isAnswered = async (path: string, query: string) => {
    const { status } = await app.get(`${path}?${query}`);
    // 503: a position that the rows have not reached yet is waited for.
    expect({
      path,
      query,
      ok: status < 500 || (status === 503 && /minPosition=\d/.test(query)),
    }).toMatchObject({
      ok: true,
    });
  };

  it.each(QUERIES.filter((name) => name !== 'minPosition'))('of %s never fails on our side', async (name) => {
    for (const path of paths)
      for (const text of TEXTS) await isAnswered(path, `${name}=${encodeURIComponent(text)}`);
    // Half a surrogate pair, more than one value, and an object.
    for (const path of paths)
      for (const query of [`${name}=%ED%A0%80`, `${name}=a&${name}=b`, `${name}[a]=b`, `${name}[]=%00`])
        await isAnswered(path, query);
  });

  it('nor of a cursor that was made up', async () => {
    const contents = fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => `1:${text}`),
      fc.bigInt().map((number) => `1:${number}`),
      fc.string({ unit: 'binary' }),
    );
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const cursor = Buffer.from(content).toString('base64url');
        for (const path of ['/v1/tasks', '/v1/projects']) await isAnswered(path, `cursor=${cursor}`);
      }),
      { numRuns: 200 },
    );
  });

  it('finds a workspace whose name PostgreSQL cannot hold', async () => {
    const taskId = randomUUID();
    const workspaceId = 'odd\0name';
    const { position } = await append(store, taskId, asTask(HISTORIES.running, taskId, { workspaceId }));
    const { status, body } = await app.get<{ items: object[] }>(
      `/v1/tasks?workspaceId=${encodeURIComponent(workspaceId)}&minPosition=${position}`,
    );
    // Whether such a name is valid is for the rim to say; here it is the same text in rows and queries.
    if (status === 200) expect(body.items).toMatchObject([{ taskId }]);
    else expect(status).toBe(400);
  });
});
