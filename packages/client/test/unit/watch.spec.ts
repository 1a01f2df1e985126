import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LiveConnection, type LinkStatus } from '../../src/live/live-connection.js';
import { watch, type LiveUpdate } from '../../src/live/watch.js';
import { FakeService } from './fake-service.js';

const soon = () => new Promise((resolve) => setImmediate(resolve));
const positionOf = (update: LiveUpdate | void) => update?.type === 'task' && update.position;

describe('watching a topic', () => {
  let service: FakeService;
  let live: LiveConnection;
  beforeEach(() => {
    service = new FakeService();
    live = new LiveConnection(() => Promise.resolve('ws://service/v1/live'), service.findClass);
  });
  afterEach(() => live.close());

  it('gives what comes, in order, and lets go when the loop ends', async () => {
    const links: LinkStatus['phase'][] = [];
    const seen: string[] = [];
    const loop = (async () => {
      for await (const update of watch(live, 'task:a', { onLink: ({ phase }) => links.push(phase) })) {
        seen.push(update.type === 'task' ? update.position : update.type);
        if (seen.length === 3) break;
      }
    })();
    await soon();
    service.last.opens().answers().task(1);
    service.last.says({ event: 'reset', data: { topic: 'task:a', position: '0', reason: 'x' } });
    service.last.task(1);
    await loop;
    expect(seen).toEqual(['1', 'reset', '1']);
    expect(service.last.ended).toBe(true);
    expect(links).toEqual(['connecting', 'live', 'idle']);
  });

  it('does not pile up what is not taken: it asks again from where it was', async () => {
    const updates = watch(live, 'task:a');
    const first = updates.next();
    await soon();
    const socket = service.last.opens().answers();
    for (let position = 1; position <= 5_000; position++) socket.task(position);
    expect(socket.ended).toBe(true);
    expect(positionOf((await first).value)).toBe('1');
    for (let position = 2; position <= 1_000; position++)
      expect(positionOf((await updates.next()).value)).toBe(String(position));
    const next = updates.next();
    await soon();
    expect(service.last.opens().asked).toEqual([
      { event: 'subscribe', data: { topic: 'task:a', after: '1000' } },
    ]);
    service.last.answers().task(5_000);
    expect(positionOf((await next).value)).toBe('5000');
    await updates.return();
  });

  it('rejects with the reason when the signal aborts, whenever that is', async () => {
    const reason = new Error('enough');
    await expect(watch(live, 'task:a', { signal: AbortSignal.abort(reason) }).next()).rejects.toBe(reason);
    expect(service.sockets).toEqual([]);

    const abort = new AbortController();
    const waiting = watch(live, 'task:a', { signal: abort.signal }).next();
    await soon();
    service.last.opens().answers();
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(service.last.ended).toBe(true);

    const early = new AbortController();
    const onLink = () => early.abort(reason);
    await expect(watch(live, 'task:a', { signal: early.signal, onLink }).next()).rejects.toBe(reason);
  });

  it('lets go when the signal aborts while somebody has an update in hand and does not come for the next', async () => {
    const abort = new AbortController();
    const updates = watch(live, 'task:a', { signal: abort.signal });
    const first = updates.next();
    await soon();
    service.last.opens().answers().task(1);
    expect(positionOf((await first).value)).toBe('1');
    abort.abort(new Error('enough'));
    expect(service.last.ended).toBe(true);
    await expect(updates.next()).rejects.toThrow('enough');
  });

  it('rejects when the topic is refused', async () => {
    const waiting = watch(live, 'task:no').next();
    await soon();
    service.last.opens().says({ event: 'error', data: { code: 'unknown_topic', message: 'no' } });
    await expect(waiting).rejects.toMatchObject({ name: 'SlipwayError', code: 'unknown_topic' });
  });
});
