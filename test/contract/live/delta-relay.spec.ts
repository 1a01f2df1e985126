import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { systemClock } from '../../../src/platform/clock.js';
import { type SessionDelta, SessionDeltas } from '../../../src/platform/session-deltas.js';
import { DeltaRelay } from '../../../src/projections/transcript/delta-relay.js';
import { RowsServer } from '../../support/rows-server.js';
import { until } from '../../support/until.js';

const silent = pino({ level: 'silent' });

describe('deltas between processes', () => {
  let rows: RowsServer;
  let url: string;
  const relays: DeltaRelay[] = [];

  beforeAll(async () => {
    rows = await RowsServer.start();
    url = await rows.createDatabase();
  });
  afterAll(async () => {
    await Promise.all(relays.map((relay) => relay.beforeApplicationShutdown()));
    await rows.stop();
  });

  /** What a process has of it. */
  const process = () => {
    const deltas = new SessionDeltas();
    const relay = new DeltaRelay(deltas, url, { databaseUrl: url }, systemClock, silent);
    relays.push(relay);
    relay.onApplicationBootstrap();
    return deltas;
  };
  const delta = (sessionId: string, text: string, offset = 0): SessionDelta => ({
    sessionId,
    entryId: 'agent/1',
    kind: 'message',
    text,
    offset,
  });
  /** Follows the session in one process until what another tells arrives. */
  const followed = async (writer: SessionDeltas, reader: SessionDeltas) => {
    const sessionId = randomUUID();
    const heard: SessionDelta[] = [];
    let isKnown = false;
    reader.listen(sessionId, (each) => {
      if (each.kind === 'message') heard.push(each);
      else isKnown = true;
    });
    await until('the processes to know of each other', 15_000, () => {
      writer.tell({ ...delta(sessionId, '?'), kind: 'thought' });
      return isKnown;
    });
    return { sessionId, heard, text: () => heard.map(({ text }) => text).join('') };
  };

  it('arrive whole and in order, also long ones of characters that are long when written out', async () => {
    const [writer, reader] = [process(), process()];
    const { sessionId, heard, text } = await followed(writer, reader);
    const parts = ['hello ', '\u0001'.repeat(5_000), '😀'.repeat(3_001), "it's 'quoted' \\ \"so\"", ' end'];
    let offset = 0;
    for (const part of parts) {
      writer.tell(delta(sessionId, part, offset));
      offset += part.length;
    }
    await until('all of it', 15_000, () => text().endsWith(' end'));
    const whole = parts.join('');
    expect(text().length).toBe(whole.length);
    expect(text() === whole).toBe(true);
    expect(heard.every(({ entryId }) => entryId === 'agent/1')).toBe(true);
    for (const each of heard) expect(whole.startsWith(each.text, each.offset)).toBe(true);
  });

  it('are told once in the process in which they are written, and nowhere else where nobody follows', async () => {
    const [writer, reader] = [process(), process()];
    const { sessionId } = await followed(writer, reader);
    const [own, other] = [[] as string[], randomUUID()];
    writer.listen(other, ({ text }) => own.push(text));
    const notified: string[] = [];
    const spy = process();
    await followed(spy, reader);
    spy.listen(sessionId, ({ text }) => notified.push(text));
    writer.tell(delta(other, 'mine'));
    writer.tell(delta(sessionId, 'theirs'));
    await until('what is followed', 15_000, () => notified.includes('theirs'));
    expect(own).toEqual(['mine']);
    expect(notified).not.toContain('mine');
  });

  it('take no nonsense from whoever writes to the database', async () => {
    const [writer, reader] = [process(), process()];
    const { sessionId, text } = await followed(writer, reader);
    const nonsense = [
      '',
      '{',
      '[]',
      '{"from":"x"}',
      '{"from":"x","delta":{"sessionId":1}}',
      '{"from":"x","followed":["a"]}',
    ];
    for (const payload of nonsense)
      await rows.query(url, `SELECT pg_notify('slipway_deltas', $1)`, [payload]);
    writer.tell(delta(sessionId, 'sense'));
    await until('what is meant', 15_000, () => text() === 'sense');
  });

  it('arrive soon: printed', async () => {
    const [writer, reader] = [process(), process()];
    const { sessionId, heard } = await followed(writer, reader);
    const took: number[] = [];
    for (let n = 0; n < 100; n++) {
      const begun = performance.now();
      writer.tell(delta(sessionId, `${n}`));
      const count = n + 1;
      while (heard.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
      took.push(performance.now() - begun);
    }
    took.sort((a, b) => a - b);
    console.log(`a delta to another process: p50 ${took[50]!.toFixed(1)} ms, p99 ${took[98]!.toFixed(1)} ms`);
    expect(heard).toHaveLength(100);
  });
});
