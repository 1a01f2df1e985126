import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LiveConnection } from '../../src/live/live-connection.js';
import { watchSession, type SessionUpdate } from '../../src/live/watch.js';
import { FakeService } from './fake-service.js';

const soon = () => new Promise((resolve) => setImmediate(resolve));
const delta = (text: string, entryId = 'agent/1') => ({
  event: 'delta',
  data: { topic: 'session:a', entryId, kind: 'message', text },
});
const shown = (update: SessionUpdate): string =>
  update.type === 'entry' ? update.position : update.type === 'delta' ? update.delta.text : update.type;

describe('following a session', () => {
  let service: FakeService;
  let live: LiveConnection;
  beforeEach(() => {
    service = new FakeService();
    live = new LiveConnection(() => Promise.resolve('ws://service/v1/live'), service.findClass);
  });
  afterEach(() => live.close());

  /** What is told of the session until so many updates have come. */
  const follow = (count: number, after?: string) => {
    const seen: string[] = [];
    const loop = (async () => {
      for await (const update of watchSession(live, 'A', { after })) {
        seen.push(shown(update));
        if (seen.length === count) break;
      }
    })();
    return { seen, loop };
  };

  it('gives entries and pieces of texts as they come, and begins anew when told to', async () => {
    const { seen, loop } = follow(5);
    await soon();
    expect(service.last.opens().asked).toEqual([{ event: 'subscribe', data: { topic: 'session:a' } }]);
    service.last.answers().entry(7);
    service.last.says(delta('Do'));
    service.last.entry(9).entry(9).entry(8);
    service.last.says({ event: 'reset', data: { topic: 'session:a', position: '0', reason: 'x' } });
    service.last.entry(1);
    await loop;
    expect(seen).toEqual(['7', 'Do', '9', 'reset', '1']);
    expect(service.last.ended).toBe(true);
  });

  it('goes on after the last entry when the connection was lost', async () => {
    const { seen, loop } = follow(2, '3');
    await soon();
    service.last.opens().answers().entry(5);
    service.last.drops();
    live.connectNow();
    await soon();
    expect(service.last.opens().asked).toEqual([
      { event: 'subscribe', data: { topic: 'session:a', after: '5' } },
    ]);
    service.last.answers().entry(6);
    await loop;
    expect(seen).toEqual(['5', '6']);
  });

  it('misses no entry when they are taken slowly, and piles up nothing', async () => {
    const updates = watchSession(live, 'a');
    const first = updates.next();
    await soon();
    const socket = service.last.opens().answers();
    for (let position = 1; position <= 600; position++) {
      socket.entry(position);
      socket.says(delta('x'));
    }
    expect(socket.ended).toBe(true);
    const seen = [shown((await first).value!)];
    for (let number = 2; number <= 1_000; number++) seen.push(shown((await updates.next()).value!));
    const next = updates.next();
    await soon();
    expect(service.last.opens().asked).toEqual([
      { event: 'subscribe', data: { topic: 'session:a', after: '500' } },
    ]);
    service.last.answers().entry(501);
    expect(shown((await next).value!)).toBe('501');
    expect(seen.filter((each) => each !== 'x')).toEqual(Array.from({ length: 500 }, (_, n) => String(n + 1)));
    await updates.return();
  });

  it.each([
    { event: 'entry', data: { topic: 'session:a', position: 'x', entry: { kind: 'message' } } },
    { event: 'entry', data: { topic: 'session:a', position: '1', entry: 7 } },
    { event: 'delta', data: { topic: 'session:a', entryId: 1, text: 'x' } },
  ])('takes %j for a connection that is no good', async (frame) => {
    const { loop } = follow(1);
    await soon();
    service.last.opens().answers().says(frame);
    expect(live.getStatus()).toMatchObject({ phase: 'down' });
    live.close();
    await expect(loop).rejects.toMatchObject({ code: 'client_closed' });
  });

  it('tells both who follow it, each from its own place', () => {
    const heard: string[] = [];
    const follower = (name: string) => ({
      entry: (_: unknown, position: string) => void heard.push(`${name}${position}`),
      delta: ({ text }: { text: string }) => void heard.push(`${name}${text}`),
      refused: () => undefined,
    });
    live.followSession('a', follower('x'), { after: '2' });
    live.followSession('a', follower('y'), { after: '4' });
    return soon().then(() => {
      service.last.opens().answers().entry(3).entry(5);
      service.last.says(delta('!'));
      expect(heard).toEqual(['x3', 'x5', 'y5', 'x!', 'y!']);
    });
  });
});
