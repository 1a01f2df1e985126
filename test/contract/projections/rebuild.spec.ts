import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { RebuildRunningError } from '../../../src/projections/rebuild/rebuild-lock.js';
import {
  UnknownProjectionError,
  rebuildProjection,
  verifyProjection,
  type RebuildProgress,
} from '../../../src/projections/rebuild/rebuild.js';
import { InMemoryEventStore } from '../../support/in-memory-event-store.js';
import { ProjectionsApp } from '../../support/projections-app.js';
import { appendToSession, saidTexts, sessionOpened } from '../../support/recorded-sessions.js';
import { append, appendLives, asTask } from '../../support/recorded-tasks.js';
import { RowsServer } from '../../support/rows-server.js';
import { HISTORIES } from '../../support/task-history.js';
import { until } from '../../support/until.js';

const EVENTS = 40_000;
const TABLES = ['tasks', 'projects', 'history', 'stage_durations', 'task_search', 'transcript_entries'];

describe('rebuilding the rows', () => {
  let rows: RowsServer;
  beforeAll(async () => {
    rows = await RowsServer.start();
  });
  afterAll(() => rows.stop());

  /** One hash over all rows of all projections. */
  const hashOf = async (url: string): Promise<string> => {
    const hashes = TABLES.map(
      (table) =>
        `(SELECT md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) FROM ${table} t)`,
    );
    const [row] = await rows.query<{ hash: string }>(url, `SELECT ${hashes.join(' || ')} AS hash`);
    return row!.hash;
  };
  const leftovers = async (url: string): Promise<string[]> =>
    (
      await rows.query<{ name: string }>(
        url,
        `SELECT relname AS name FROM pg_class WHERE relname LIKE '%\\_\\_rebuild%' ORDER BY 1`,
      )
    ).map(({ name }) => name);

  describe(`of ${EVENTS} events of every kind`, () => {
    let url: string;
    let app: ProjectionsApp;
    let before: string;
    const store = new InMemoryEventStore();
    const options = () => ({ databaseUrl: url, store });
    beforeAll(async () => {
      url = await rows.createDatabase();
      await appendLives(store, EVENTS, 41);
      let position = 0n;
      for (let session = 0; session < 20; session++) {
        const sessionId = randomUUID();
        const events = [sessionOpened(sessionId, randomUUID()), ...saidTexts(100)];
        ({ position } = await appendToSession(store, sessionId, events));
      }
      app = await ProjectionsApp.start(url, store);
      await app.isAt(position, 120_000);
      before = await hashOf(url);
    }, 180_000);
    afterAll(() => app.stop());

    it('gives the very same rows, and tells how far it is', async () => {
      const told: RebuildProgress[] = [];
      const startedAt = performance.now();
      const result = await rebuildProjection({ ...options(), onProgress: (progress) => told.push(progress) });
      console.log(
        `${Math.round(result.events / ((performance.now() - startedAt) / 1_000))} events/s, compared and swapped`,
      );
      expect(result).toMatchObject({ differenceCount: 0, differences: [], parked: 0, swapped: true });
      expect(result.events).toBe(store.log.length);
      expect(result.rows).toBeGreaterThan(store.log.length);
      expect(await hashOf(url)).toBe(before);
      expect([...new Set(told.map(({ phase }) => phase))]).toEqual([
        'reading',
        'indexing',
        'comparing',
        'swapping',
      ]);
      expect(told.every(({ events, total }) => events <= total)).toBe(true);
      expect(await leftovers(url)).toEqual([]);
    }, 120_000);

    it.each([
      ['stopped', 'reading'],
      ['stopped', 'comparing'],
      ['killed', 'reading'],
      ['killed', 'indexing'],
      ['killed', 'comparing'],
    ] as const)(
      '%s while %s leaves the live rows untouched',
      async (how, when) => {
        const stopping = new AbortController();
        let killed: Promise<unknown> | undefined;
        const onProgress = ({ phase, events }: RebuildProgress) => {
          if (phase !== when || (phase === 'reading' && events < EVENTS / 3)) return;
          if (how === 'stopped') stopping.abort(new Error('Ctrl-C'));
          // To PostgreSQL a process that dies is a connection that ends.
          else
            killed ??= rows.query(
              url,
              `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'slipway-rebuild%'`,
            );
        };
        await expect(
          rebuildProjection({ ...options(), signal: stopping.signal, onProgress }),
        ).rejects.toThrow(how === 'stopped' ? 'Ctrl-C' : /terminat|not queryable|ECONNRESET|EPIPE/);
        await killed;
        expect(await hashOf(url)).toBe(before);
        expect(await app.projections.status()).toMatchObject({ projecting: 'active' });
      },
      120_000,
    );

    it('and the next one starts clean', async () => {
      expect(await leftovers(url)).not.toEqual([]);
      expect(await verifyProjection(options())).toMatchObject({ differenceCount: 0, swapped: false });
      expect(await leftovers(url)).toEqual([]);
      expect(await hashOf(url)).toBe(before);
    }, 120_000);
  });

  describe('of rows that are wrong', () => {
    const store = new InMemoryEventStore();
    let url: string;
    let app: ProjectionsApp;
    const ids = Array.from({ length: 30 }, () => randomUUID());
    const [changed, removed, added] = [ids[3]!, ids[4]!, randomUUID()];
    beforeAll(async () => {
      url = await rows.createDatabase();
      app = await ProjectionsApp.start(url, store);
      for (const id of ids) await append(store, id, asTask(HISTORIES.running, id));
      await app.isAt(store.log.at(-1)!.position);
      await rows.query(url, `UPDATE tasks SET status = 'killed' WHERE task_id = $1`, [changed]);
      await rows.query(url, `DELETE FROM stage_durations WHERE task_id = $1 AND stage = 'ensure_name'`, [
        removed,
      ]);
      await rows.query(
        url,
        `INSERT INTO history SELECT position + 1, $1, revision, event_id, type, time, data, metadata
         FROM history ORDER BY position LIMIT 1`,
        [added],
      );
    });
    afterAll(() => app.stop());

    const differences = [
      expect.objectContaining({
        projection: 'tasks',
        taskId: changed,
        kind: 'different',
        columns: { status: { live: 'killed', rebuilt: 'running' } },
      }),
      expect.objectContaining({ projection: 'history', taskId: added, kind: 'extra' }),
      expect.objectContaining({
        projection: 'stage_durations',
        kind: 'missing',
        key: { task_id: removed, stage: 'ensure_name' },
      }),
    ];

    it('is told by verify, row by row, which changes nothing', async () => {
      const result = await verifyProjection({ databaseUrl: url, store });
      expect(result.differenceCount).toBe(3);
      expect(result.differences).toEqual(expect.arrayContaining(differences));
      expect((await verifyProjection({ databaseUrl: url, store, names: ['projects'] })).differenceCount).toBe(
        0,
      );
      const [row] = await rows.query<{ status: string }>(url, 'SELECT status FROM tasks WHERE task_id = $1', [
        changed,
      ]);
      expect(row!.status).toBe('killed');
    });

    it('of one projection repairs that one and leaves the others', async () => {
      const result = await rebuildProjection({ databaseUrl: url, store, names: ['history'] });
      expect(result).toMatchObject({ differenceCount: 1, swapped: true, projections: ['history'] });
      expect((await verifyProjection({ databaseUrl: url, store })).differenceCount).toBe(2);
    });

    it('of all repairs all, and projecting goes on in the new tables', async () => {
      expect((await rebuildProjection({ databaseUrl: url, store })).differenceCount).toBe(2);
      const id = randomUUID();
      const { position } = await append(store, id, asTask(HISTORIES.error, id));
      await app.isAt(position);
      const verified = await verifyProjection({ databaseUrl: url, store });
      expect(verified).toMatchObject({ differenceCount: 0, comparedAt: String(position) });
    });
  });

  it('parks what could not be projected, as projecting does, also where more was folded on it already', async () => {
    const url = await rows.createDatabase();
    const store = new InMemoryEventStore();
    const app = await ProjectionsApp.start(url, store);
    try {
      const lives = Array.from({ length: 480 }, () => {
        const id = randomUUID();
        return { id, events: asTask(HISTORIES.running, id) };
      });
      // A time that passes for one by its spelling and is none: PostgreSQL refuses it.
      const data = { title: 'Not so', branchName: 'not-so', at: '2026-13-45T99:99:99Z' };
      lives[150]!.events[2] = { type: 'TaskNamed', data };
      // What comes after it in its stream is in the next batch.
      for (const { id, events } of lives) await append(store, id, events.slice(0, 4));
      for (const { id, events } of lives) await append(store, id, events.slice(4), 3n);
      await app.isAt(store.log.at(-1)!.position);
      const parked = () =>
        rows.query(url, 'SELECT position, stream, revision, type, reason FROM parked_events');
      const before = await parked();
      expect(before).toHaveLength(1);
      expect(await rebuildProjection({ databaseUrl: url, store })).toMatchObject({
        differenceCount: 0,
        parked: 1,
        events: store.log.length,
      });
      expect(await parked()).toEqual(before);
    } finally {
      await app.stop();
    }
  });

  it('goes on beside creates and reads, of which none fails', async () => {
    const url = await rows.createDatabase();
    const store = new InMemoryEventStore();
    const app = await ProjectionsApp.start(url, store);
    try {
      await app.isAt(await appendLives(store, 5_000, 51));
      let rebuilding = true;
      const statuses = new Map<number, number>();
      const reading = (async () => {
        while (rebuilding) {
          const { status } = await app.get('/v1/tasks?workspaceId=workspace-1&limit=20');
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      })();
      const creating = (async () => {
        for (let seed = 52; rebuilding; seed++) {
          await appendLives(store, 100, seed, 10);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      })();
      try {
        for (let round = 0; round < 4; round++) {
          const { differenceCount } = await rebuildProjection({ databaseUrl: url, store });
          expect(differenceCount).toBe(0);
        }
      } finally {
        rebuilding = false;
        await Promise.all([reading, creating]);
      }
      expect([...statuses.keys()]).toEqual([200]);
      expect(statuses.get(200)).toBeGreaterThan(20);
      await app.isAt(store.log.at(-1)!.position);
      expect((await verifyProjection({ databaseUrl: url, store })).differenceCount).toBe(0);
    } finally {
      await app.stop();
    }
  }, 300_000);

  it('happens by itself at start when a projection has changed; one at a time; not to rows of a later version', async () => {
    const url = await rows.createDatabase();
    const store = new InMemoryEventStore();
    const versions = () => rows.query(url, 'SELECT name, version FROM projections ORDER BY name');
    let app = await ProjectionsApp.start(url, store);
    await app.isAt(await appendLives(store, 1_000, 61));
    const [ours, before] = [await versions(), await hashOf(url)];
    await app.stop();

    await rows.query(url, `UPDATE projections SET version = 0 WHERE name IN ('tasks', 'history')`);
    await rows.query(url, `UPDATE tasks SET title = 'as the earlier version had it'`);
    app = await ProjectionsApp.start(url, store);
    await app.becomes('active');
    expect(await versions()).toEqual(ours);
    expect(await hashOf(url)).toBe(before);
    await app.stop();

    await rows.query(url, `UPDATE projections SET version = 99 WHERE name = 'projects'`);
    app = await ProjectionsApp.start(url, store);
    await until('PostgreSQL to be there', 5_000, async () => (await app.projections.status()).connected);
    await appendLives(store, 10, 62, 1);
    expect(await app.projections.waitFor(store.log.at(-1)!.position, 1_000)).toBe(false);
    expect((await app.get('/v1/tasks?workspaceId=workspace-1')).status).toBe(200);
    expect(await app.projections.status()).toMatchObject({ projecting: 'standby' });
    // Back for good: whoever runs this version's rebuild decides so.
    await rebuildProjection({ databaseUrl: url, store });
    await app.isAt(store.log.at(-1)!.position);

    const both = await Promise.allSettled([
      verifyProjection({ databaseUrl: url, store }),
      verifyProjection({ databaseUrl: url, store }),
    ]);
    const refused = both.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused.map(({ reason }) => reason as unknown)).toEqual([expect.any(RebuildRunningError)]);
    await app.stop();
  }, 60_000);

  it('works on no events at all, and knows its projections', async () => {
    const url = await rows.createDatabase();
    const store = new InMemoryEventStore();
    const app = await ProjectionsApp.start(url, store);
    await app.becomes('active');
    const nothing = { events: 0, rows: 0, differenceCount: 0 };
    expect(await rebuildProjection({ databaseUrl: url, store })).toMatchObject(nothing);
    await store.append('other-1', [{ id: randomUUID(), type: 'Other', data: {}, metadata: {} }], 'no_stream');
    expect(await verifyProjection({ databaseUrl: url, store })).toMatchObject(nothing);
    await expect(verifyProjection({ databaseUrl: url, store, names: ['taks'] })).rejects.toThrow(
      UnknownProjectionError,
    );
    await app.stop();
  });
});
