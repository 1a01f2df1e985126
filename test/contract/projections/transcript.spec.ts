import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { sessionStream } from '../../../src/events/session/session-events.js';
import type { TaskEvent } from '../../../src/events/task/task-events.js';
import type { TranscriptEntry } from '../../../src/events/session/transcript-entry.js';
import { InMemoryEventStore } from '../../support/in-memory-event-store.js';
import { ProjectionsApp } from '../../support/projections-app.js';
import { appendToSession, saidTexts, sessionOpened } from '../../support/recorded-sessions.js';
import { append, asTask } from '../../support/recorded-tasks.js';
import { RowsServer } from '../../support/rows-server.js';
import { HISTORIES } from '../../support/task-history.js';

interface Page {
  items: TranscriptEntry[];
  next: string | null;
  activity: string | null;
}

/** The session of every task in HISTORIES. */
const sessionIdIn = (events: readonly TaskEvent[]): string =>
  events.flatMap(({ type, data }) => (type === 'TaskCreated' ? [data.sessionId] : []))[0]!;

describe('transcripts', () => {
  let rows: RowsServer;
  let url: string;
  let app: ProjectionsApp;
  const store = new InMemoryEventStore();
  beforeAll(async () => {
    rows = await RowsServer.start();
    url = await rows.createDatabase();
    app = await ProjectionsApp.start(url, store);
  });
  afterAll(async () => {
    await app.stop();
    await store.close();
    await rows.stop();
  });

  /** A task that runs, with a session of its own. */
  const task = async (lives: readonly TaskEvent[] = HISTORIES.running) => {
    const [taskId, sessionId] = [randomUUID(), randomUUID()];
    const was = sessionIdIn(lives);
    const events = JSON.parse(JSON.stringify(asTask(lives, taskId)).replaceAll(was, sessionId));
    await append(store, taskId, events as TaskEvent[]);
    await appendToSession(store, sessionId, [sessionOpened(sessionId, taskId)]);
    return { sessionId, path: `/v1/tasks/${taskId}/sessions/${sessionId}/transcript` };
  };
  const say = (sessionId: string, count: number, from: number) =>
    appendToSession(store, sessionId, saidTexts(count, from), BigInt(from - 1));
  const titleOf = (entry: TranscriptEntry) => entry.kind === 'tool_call' && entry.toolCall.title;
  const texts = (items: readonly TranscriptEntry[]) =>
    items.map((entry) => ('text' in entry ? entry.text : entry.kind));

  it('are read a page at a time, oldest first, after any position, and as far as was written', async () => {
    const { sessionId, path } = await task();
    const { position } = await say(sessionId, 450, 1);
    const seen: TranscriptEntry[] = [];
    let next: string | null = '0';
    while (next !== null) {
      const page: Page = (await app.get<Page>(`${path}?limit=200&after=${next}&minPosition=${position}`))
        .body;
      expect(page.items.length).toBeLessThanOrEqual(200);
      seen.push(...page.items);
      next = page.next;
    }
    expect(texts(seen)).toEqual(Array.from({ length: 450 }, (_, index) => `<${index + 1}>`));
    expect(seen.at(-1)!.position).toBe(String(position));
    const { body } = await app.get<Page>(`${path}?after=${seen[447]!.position}`);
    expect(texts(body.items)).toEqual(['<449>', '<450>']);
    expect(body).toMatchObject({ next: null, activity: 'starting' });
  });

  it('are there before the rows are', async () => {
    const behind = await ProjectionsApp.start(await rows.createDatabase(), store, {
      SLIPWAY_ROLES: 'api',
    });
    try {
      const { sessionId, path } = await task();
      await say(sessionId, 3, 1);
      const { body } = await behind.get<Page>(`${path}?limit=2`);
      expect(texts(body.items)).toEqual(['<1>', '<2>']);
      const rest = await behind.get<Page>(`${path}?limit=2&after=${body.next}`);
      expect(texts(rest.body.items)).toEqual(['<3>']);
      expect(rest.body.next).toBeNull();
    } finally {
      await behind.stop();
    }
  });

  it.each(['archived', 'killed'] as const)('can be read when their task is %s', async (how) => {
    const { sessionId, path } = await task(HISTORIES[how]);
    const { position } = await say(sessionId, 2, 1);
    const { status, body } = await app.get<Page>(`${path}?minPosition=${position}`);
    expect([status, texts(body.items)]).toEqual([200, ['<1>', '<2>']]);
  });

  it('have pages that are bounded in size', async () => {
    const { sessionId, path } = await task();
    const part = { type: 'text' as const, text: 'x'.repeat(60_000) };
    const calls = [1, 2, 3, 4, 5].map((cursor) => ({
      type: 'ToolCallChanged' as const,
      data: {
        toolCallId: 'call',
        title: `call ${cursor}`,
        kind: 'read',
        status: 'completed' as const,
        locations: [],
        content: Array.from({ length: 15 }, () => part),
        cursor,
        at: '2026-11-26T17:00:00.123Z',
      },
    }));
    let position = 0n;
    for (const [index, call] of calls.entries())
      ({ position } = await appendToSession(store, sessionId, [call], BigInt(index)));
    await app.isAt(position);
    const first = await app.get<Page>(path);
    expect(first.body.items.map(titleOf)).toEqual(['call 1', 'call 2', 'call 3']);
    const second = await app.get<Page>(`${path}?after=${first.body.next}`);
    expect(second.body.items.map(titleOf)).toEqual(['call 4', 'call 5']);
    expect(second.body.next).toBeNull();
  });

  it('say where something cannot be read, which is parked', async () => {
    const { sessionId, path } = await task();
    const event = { id: randomUUID(), type: 'AgentSaid', data: { text: 7 }, metadata: { schemaVersion: 1 } };
    await store.append(sessionStream(sessionId), [event], 0n);
    const { position } = await say(sessionId, 1, 2);
    const { body } = await app.get<Page>(`${path}?minPosition=${position}`);
    expect(body.items).toMatchObject([{ kind: 'notice', code: 'unreadable' }, { kind: 'message' }]);
    expect((await app.projections.status()).parked).toBe(1);
  });

  it('are of sessions that there are, asked for in words that make sense', async () => {
    const { path } = await task();
    const other = path.replace(/sessions\/[^/]+/, `sessions/${randomUUID()}`);
    expect(await app.get(other)).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
    const nowhere = path.replace(/tasks\/[^/]+/, `tasks/${randomUUID()}`);
    expect(await app.get(nowhere)).toMatchObject({ status: 404, body: { code: 'task_not_found' } });
    for (const query of ['limit=0', 'limit=201', 'after=-1', 'minPosition=x'])
      expect((await app.get(`${path}?${query}`)).status).toBe(400);
    expect(await app.get(path)).toMatchObject({ status: 200, body: { items: [], next: null } });
  });
});

describe('the list of tasks', () => {
  let rows: RowsServer;
  let app: ProjectionsApp;
  const store = new InMemoryEventStore();
  beforeAll(async () => {
    rows = await RowsServer.start();
    app = await ProjectionsApp.start(await rows.createDatabase(), store);
  });
  afterAll(async () => {
    await app.stop();
    await store.close();
    await rows.stop();
  });

  it('is told by activity, and by whether somebody is needed', async () => {
    const ids: Record<string, string> = {};
    let position = 0n;
    for (const activity of ['working', 'waiting_for_permission', 'idle'] as const) {
      const taskId = (ids[activity] = randomUUID());
      const events = asTask(HISTORIES.running, taskId);
      const summary = {
        activity,
        queuedPrompts: 0,
        unsurePrompts: 0,
        pendingPermissions: activity === 'waiting_for_permission' ? 1 : 0,
        permissionPolicy: 'ask' as const,
        modeId: null,
        modes: [],
        model: null,
        models: [],
        usage: {},
        lastEntryAt: '2026-11-26T17:00:00.123Z',
      };
      const data = { sessionId: sessionIdIn(events), summary, at: summary.lastEntryAt };
      ({ position } = await append(store, taskId, [...events, { type: 'SessionActivityChanged', data }]));
    }
    const failed = (ids['error'] = randomUUID());
    ({ position } = await append(store, failed, asTask(HISTORIES.error, failed)));
    await app.isAt(position);
    const found = async (query: string) =>
      (await app.get<{ items: { taskId: string }[] }>(`/v1/tasks?${query}`)).body.items.map(({ taskId }) =>
        Object.keys(ids).find((name) => ids[name] === taskId)!,
      );
    expect(await found('activity=working')).toEqual(['working']);
    expect(await found('activity=idle,waiting_for_permission')).toEqual(['idle', 'waiting_for_permission']);
    expect(await found('activity=idle&activity=working')).toEqual(['idle', 'working']);
    expect(await found('needsYou=true')).toEqual(['error', 'waiting_for_permission']);
    expect(await found('needsYou=false&activity=working')).toEqual(['working']);
    for (const query of ['activity=asleep', 'needsYou=maybe'])
      expect((await app.get(`/v1/tasks?${query}`)).status).toBe(400);
  });
});
