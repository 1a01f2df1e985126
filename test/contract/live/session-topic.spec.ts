import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { SessionEvent } from '../../../src/events/session/session-events.js';
import type { TranscriptEntry } from '../../../src/events/session/transcript-entry.js';
import { InMemoryEventStore } from '../../support/in-memory-event-store.js';
import { ProjectionsApp } from '../../support/projections-app.js';
import { seededRandom } from '../../support/random.js';
import { RawLiveSocket } from '../../support/raw-live-socket.js';
import { appendToSession, saidTexts, sessionOpened } from '../../support/recorded-sessions.js';
import { append, asTask } from '../../support/recorded-tasks.js';
import { RowsServer } from '../../support/rows-server.js';
import { HISTORIES } from '../../support/task-history.js';
import { until } from '../../support/until.js';

const textsOf = (client: RawLiveSocket): string[] =>
  client.entries.map(({ entry }) => ('text' in entry ? entry.text! : entry.kind));
const numbered = (count: number, from = 1): string[] =>
  Array.from({ length: count }, (_, index) => `<${from + index}>`);
const hasAll = (client: RawLiveSocket, count: number, limitMs = 20_000) =>
  until(
    () => `${count} entries, not ${client.entries.length}`,
    limitMs,
    () => client.entries.length >= count,
  );

describe('/v1/live of a session', () => {
  let rows: RowsServer;
  let apps: ProjectionsApp[];
  const store = new InMemoryEventStore();
  const clients: RawLiveSocket[] = [];

  const connect = async (app: ProjectionsApp): Promise<RawLiveSocket> => {
    const client = await RawLiveSocket.connect(app.url);
    clients.push(client);
    return client;
  };
  const follow = async (app: ProjectionsApp, sessionId: string, after?: bigint): Promise<RawLiveSocket> => {
    const client = await connect(app);
    client.subscribe(`session:${sessionId}`, after);
    await client.frame(({ event }) => event === 'subscribed');
    return client;
  };
  const opened = async (): Promise<string> => {
    const sessionId = randomUUID();
    await appendToSession(store, sessionId, [sessionOpened(sessionId, randomUUID())]);
    return sessionId;
  };
  /** Texts with these numbers, in a session in which nothing else is. */
  const say = (sessionId: string, count: number, from = 1) =>
    appendToSession(store, sessionId, saidTexts(count, from), BigInt(from - 1));

  beforeAll(async () => {
    rows = await RowsServer.start();
    const url = await rows.createDatabase();
    const first = await ProjectionsApp.start(url, store);
    await first.becomes('active');
    // Follows the rows that the first one writes.
    apps = [first, await ProjectionsApp.start(url, store, { SLIPWAY_ROLES: 'api' })];
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(async () => {
    for (const app of apps) await app.stop();
    await store.close();
    await rows.stop();
  });

  it.each([0, 1])(
    'sends what was said, then what comes, and nothing of others (replica %d)',
    async (replica) => {
      const [sessionId, other] = [await opened(), await opened()];
      await say(sessionId, 250);
      const client = await follow(apps[replica]!, sessionId);
      await hasAll(client, 250);
      const taskId = randomUUID();
      await append(store, taskId, asTask(HISTORIES.running, taskId));
      await say(other, 3);
      await say(sessionId, 50, 251);
      await hasAll(client, 300);
      expect(textsOf(client)).toEqual(numbered(300));
      for (const { position, entry } of client.entries) expect(entry.position).toBe(position);
      const path = `/v1/tasks/${taskId}`;
      expect((await apps[replica]!.get(path)).status).toBe(200);
    },
  );

  it('goes on after any position, without a gap or a repetition', async () => {
    const sessionId = await opened();
    await say(sessionId, 20);
    const whole = await follow(apps[0]!, sessionId);
    await hasAll(whole, 20);
    const later: [RawLiveSocket, number][] = [];
    for (const from of [0, 7, 19])
      later.push([await follow(apps[from % 2]!, sessionId, BigInt(whole.entries[from]!.position)), from]);
    await say(sessionId, 5, 21);
    for (const [client, from] of later) {
      await hasAll(client, 24 - from);
      expect(textsOf(client)).toEqual(numbered(24 - from, from + 2));
    }
  });

  it('misses nothing and repeats nothing for clients that come and go between replicas', async () => {
    const random = seededRandom(5);
    const sessionId = await opened();
    const seen: string[][] = Array.from({ length: 20 }, () => []);
    const total = 600;
    let said = 0;
    const saying = (async () => {
      while (said < total) {
        const count = Math.min(1 + Math.floor(random() * 20), total - said);
        await say(sessionId, count, said + 1);
        said += count;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const comeAndGo = async (texts: string[]) => {
      let after: bigint | undefined;
      while (texts.length < total) {
        const client = await follow(apps[Math.floor(random() * 2)]!, sessionId, after);
        const enough = Math.min(total - texts.length, 1 + Math.floor(random() * 150));
        await hasAll(client, enough);
        client.close();
        const { entries } = client;
        after = BigInt(entries.at(-1)!.position);
        texts.push(...entries.map(({ entry }) => (entry as { text: string }).text));
      }
    };
    await Promise.all([saying, ...seen.map(comeAndGo)]);
    for (const texts of seen) expect(texts).toEqual(numbered(total));
  }, 60_000);

  it('has pieces of texts while they are written, in the process that reads the agent', async () => {
    const [sessionId, other] = [await opened(), await opened()];
    await say(sessionId, 1);
    const here = await follow(apps[0]!, sessionId);
    const there = await follow(apps[1]!, sessionId);
    const elsewhere = await follow(apps[0]!, other);
    await hasAll(here, 1);
    await hasAll(there, 1);
    const tell = (id: string, text: string) =>
      apps[0]!.deltas.tell({ sessionId: id, entryId: 'agent/7', kind: 'message', text, offset: 0 });
    // Who has just caught up may still be on the way to being live.
    await until('a delta', 10_000, () => {
      tell(sessionId, 'Do');
      return here.frames.some(({ event }) => event === 'delta');
    });
    const { data } = await here.frame(({ event }) => event === 'delta');
    expect(data).toEqual({
      topic: `session:${sessionId}`,
      entryId: 'agent/7',
      kind: 'message',
      text: 'Do',
      offset: 0,
    });
    await say(sessionId, 1, 2);
    await hasAll(here, 2);
    await hasAll(there, 2);
    for (const client of [there, elsewhere])
      expect(client.frames.filter(({ event }) => event === 'delta')).toEqual([]);
  });

  it('keeps nothing for a client that does not read, who gets all of it when it reads again', async () => {
    const sessionId = await opened();
    const slow = await follow(apps[0]!, sessionId);
    const quick = await follow(apps[0]!, sessionId);
    slow.socket.pause();
    const text = 'x'.repeat(16_000);
    for (let number = 1; number <= 400; number++) {
      const said: SessionEvent = {
        type: 'AgentSaid',
        data: { text: `<${number}>${text}`, cursor: number, at: '2026-11-26T17:00:00.123Z' },
      };
      await appendToSession(store, sessionId, [said], BigInt(number - 1));
      apps[0]!.deltas.tell({ sessionId, entryId: 'agent/1', kind: 'message', text, offset: 0 });
    }
    await hasAll(quick, 400);
    slow.socket.resume();
    await hasAll(slow, 400);
    expect(textsOf(slow).map((each) => each.slice(0, each.indexOf('>') + 1))).toEqual(numbered(400));
    expect(slow.frames.filter(({ event }) => event === 'delta').length).toBeLessThan(400);
    expect(slow.closed).toBeUndefined();
  }, 60_000);

  it('begins anew for a client whose position is of another log', async () => {
    const sessionId = await opened();
    await say(sessionId, 2);
    const client = await follow(apps[0]!, sessionId, 2n ** 62n);
    await until('a reset', 15_000, () => client.frames.some(({ event }) => event === 'reset'));
    await hasAll(client, 2);
    await say(sessionId, 1, 3);
    await hasAll(client, 3);
    expect(textsOf(client)).toEqual(numbered(3));
  }, 30_000);

  it('is the same as the transcript', async () => {
    const [taskId, sessionId] = [randomUUID(), randomUUID()];
    const events = asTask(HISTORIES.running, taskId);
    const was = events.flatMap(({ type, data }) => (type === 'TaskCreated' ? [data.sessionId] : []))[0]!;
    await append(
      store,
      taskId,
      JSON.parse(JSON.stringify(events).replaceAll(was, sessionId)) as typeof events,
    );
    await appendToSession(store, sessionId, [sessionOpened(sessionId, taskId)]);
    const { position } = await say(sessionId, 5);
    const client = await follow(apps[1]!, sessionId);
    await hasAll(client, 5);
    const path = `/v1/tasks/${taskId}/sessions/${sessionId}/transcript?minPosition=${position}`;
    const { body } = await apps[1]!.get<{ items: TranscriptEntry[] }>(path);
    expect(client.entries.map(({ entry }) => entry)).toEqual(body.items);
  });
});
