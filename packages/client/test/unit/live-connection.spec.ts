import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { reconnectDelay } from '../../src/live/back-off.js';
import { LiveConnection } from '../../src/live/live-connection.js';
import type { Follower } from '../../src/live/subscriptions.js';
import type { SlipwayError } from '../../src/slipway-error.js';
import { FakeService } from './fake-service.js';

class Notes implements Follower {
  readonly positions: string[] = [];
  readonly resets: string[] = [];
  readonly refusals: SlipwayError[] = [];
  task(_: unknown, position: string): void {
    this.positions.push(position);
  }
  reset(reason: string): void {
    this.resets.push(reason);
  }
  refused(error: SlipwayError): void {
    this.refusals.push(error);
  }
}

describe('a live connection', () => {
  let service: FakeService;
  let live: LiveConnection;
  const passes = (ms: number) => jest.advanceTimersByTimeAsync(ms);

  beforeEach(() => {
    jest.useFakeTimers();
    service = new FakeService();
    live = new LiveConnection(() => Promise.resolve('ws://service/v1/live'), service.findClass);
    // The longest pauses.
    jest.spyOn(Math, 'random').mockReturnValue(0);
  });
  afterEach(() => {
    live.close();
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('connects when something is followed, and lets go when nothing is', async () => {
    expect(live.getStatus().phase).toBe('idle');
    const following = live.follow('task:a', new Notes());
    expect(live.getStatus().phase).toBe('connecting');
    await passes(0);
    service.last.opens();
    expect(service.last.asked).toEqual([{ event: 'subscribe', data: { topic: 'task:a' } }]);
    expect(live.getStatus()).toEqual({ phase: 'live', epoch: 1, retryAt: null, reason: null });
    following.stop();
    expect(service.last.ended).toBe(true);
    expect(live.getStatus().phase).toBe('idle');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('stays open while nothing is followed when it was asked to', async () => {
    live.connect();
    await passes(0);
    service.last.opens();
    live.follow('task:a', new Notes()).stop();
    expect(service.last.asked.map(({ event }) => event)).toEqual(['subscribe', 'unsubscribe']);
    expect(live.getStatus().phase).toBe('live');
  });

  it('goes on after the last position when the connection was lost, and leaves out what it has', async () => {
    const notes = new Notes();
    const following = live.follow('task:a', notes, { after: '5' });
    await passes(0);
    service.last.opens();
    expect(service.last.asked[0]!.data.after).toBe('5');
    service.last.answers().task(8).task(10);
    service.last.drops(1012, 'the service restarts');
    expect(live.getStatus()).toEqual({
      phase: 'down',
      epoch: 1,
      retryAt: Date.now() + 300,
      reason: 'the service restarts',
    });
    await passes(300);
    service.last.opens();
    expect(service.last.asked).toEqual([{ event: 'subscribe', data: { topic: 'task:a', after: '10' } }]);
    service.last.answers().task(9).task(10).task(11);
    expect(notes.positions).toEqual(['8', '10', '11']);
    expect(following.position).toBe('11');
    expect(live.getStatus()).toMatchObject({ phase: 'live', epoch: 2 });
  });

  it('tries again with growing pauses until the service says something, then begins with the shortest again', async () => {
    live.connect();
    const pauses: number[] = [];
    const fail = async (opens: boolean) => {
      await passes(0);
      if (opens) service.last.opens();
      service.last.drops();
      pauses.push(live.getStatus().retryAt! - Date.now());
      await passes(pauses.at(-1)!);
    };
    for (let n = 0; n < 4; n++) await fail(false);
    // To be let in is not yet to be served.
    for (let n = 0; n < 4; n++) await fail(true);
    expect(pauses).toEqual([300, 600, 1_200, 2_400, 4_800, 9_600, 15_000, 15_000]);
    expect(service.sockets).toHaveLength(9);
    service.last.opens();
    service.last.says({ event: 'unsubscribed', data: { topic: 'task:x' } });
    service.last.drops();
    expect(live.getStatus().retryAt! - Date.now()).toBe(300);
  });

  it('spreads its attempts: no two clients come back at the same time', () => {
    for (let n = 1; n <= 40; n++) {
      expect(reconnectDelay(n, 0)).toBeLessThanOrEqual(15_000);
      expect(reconnectDelay(n, 0)).toBeGreaterThanOrEqual(reconnectDelay(Math.max(1, n - 1), 0));
      expect(reconnectDelay(n, 0.999)).toBeLessThan(reconnectDelay(n, 0));
      expect(reconnectDelay(n, 0.999)).toBeGreaterThan(reconnectDelay(n, 0) * 0.49);
    }
  });

  it('tries at once when it is told to, and not twice', async () => {
    live.connect();
    await passes(0);
    service.last.drops();
    live.connectNow();
    live.connectNow();
    await passes(10_000 - 1);
    expect(service.sockets).toHaveLength(2);
  });

  it('gives up a connection that is not taken, and one on which no answer comes', async () => {
    live.follow('task:a', new Notes());
    await passes(10_000);
    expect(live.getStatus()).toMatchObject({
      phase: 'down',
      reason: 'the service does not take the connection',
    });
    expect(service.last.ended).toBe(true);
    await passes(300);
    service.last.opens();
    // What others say in between is a sign of life; the answer is owed all the same.
    await passes(10_000);
    expect(live.getStatus()).toMatchObject({ phase: 'down', reason: 'the service does not answer' });
  });

  it('asks a service that has been quiet for long whether it is there', async () => {
    live.follow('task:a', new Notes());
    await passes(0);
    service.last.opens().answers();
    await passes(19_999);
    expect(service.last.asked).toEqual([]);
    await passes(1);
    expect(service.last.asked).toMatchObject([{ event: 'unsubscribe' }]);
    service.last.answers();
    await passes(20_000 + 9_999);
    expect(live.getStatus().phase).toBe('live');
    await passes(1);
    expect(live.getStatus()).toMatchObject({ phase: 'down', reason: 'the service does not answer' });
  });

  it('asks at once when it is told to check', async () => {
    live.follow('task:a', new Notes());
    await passes(0);
    service.last.opens().answers();
    live.check();
    live.check();
    expect(service.last.asked).toHaveLength(1);
    await passes(10_000);
    expect(live.getStatus().phase).toBe('down');
    live.check();
    await passes(0);
    expect(service.sockets).toHaveLength(2);
  });

  it('gives each of several followers of a topic what is after its own place, once', async () => {
    const [first, second, third] = [new Notes(), new Notes(), new Notes()];
    live.follow('task:a', first);
    await passes(0);
    service.last.opens().answers().task(4).task(6);
    live.follow('task:a', second, { after: '2' });
    // Still of the first subscription: what the second has to hear before is not here yet.
    service.last.task(7);
    expect(service.last.asked).toEqual([{ event: 'subscribe', data: { topic: 'task:a', after: '2' } }]);
    service.last.answers().task(4).task(7).task(8);
    live.follow('task:a', third, { after: '100' });
    expect(service.last.asked[0]!.data.after).toBe('8');
    service.last.answers().task(9).task(101);
    expect(first.positions).toEqual(['4', '6', '7', '8', '9', '101']);
    expect(second.positions).toEqual(['4', '7', '8', '9', '101']);
    expect(third.positions).toEqual(['101']);
  });

  it('hands on that all is to be forgotten, and takes lower positions from then on', async () => {
    const notes = new Notes();
    const following = live.follow('task:a', notes, { after: '900' });
    await passes(0);
    service.last.opens().answers();
    service.last.says({ event: 'reset', data: { topic: 'task:a', position: '0', reason: 'another log' } });
    service.last.task(3);
    expect(notes).toMatchObject({ resets: ['another log'], positions: ['3'] });
    expect(following.position).toBe('3');
  });

  it('tells those who asked for a topic that it is refused, and goes on with the others', async () => {
    const [good, bad] = [new Notes(), new Notes()];
    live.follow('task:a', good);
    live.follow('task:no', bad);
    await passes(0);
    const socket = service.last.opens();
    socket.says({ event: 'subscribed', data: { topic: 'task:a', position: '0' } });
    socket.says({ event: 'error', data: { code: 'unknown_topic', message: 'The topic must be …' } });
    socket.task(1).task(1, 'task:no');
    expect(good).toMatchObject({ positions: ['1'], refusals: [] });
    expect(bad).toMatchObject({
      positions: [],
      refusals: [{ code: 'unknown_topic', message: 'The topic must be …' }],
    });
    socket.drops();
    await passes(300);
    expect(service.last.opens().asked.map(({ data }) => data.topic)).toEqual(['task:a']);
  });

  it.each(['?', '[]', 'null', '{"event":"task","data":{"topic":"task:a","position":"1"}}'])(
    'begins anew after a frame that makes no sense: %s',
    async (text) => {
      live.follow('task:a', new Notes());
      await passes(0);
      service.last.opens().answers().task(1);
      service.last.says(text);
      expect(live.getStatus()).toMatchObject({ phase: 'down', reason: expect.stringContaining('no sense') });
      await passes(300);
      expect(service.last.opens().asked[0]!.data.after).toBe('1');
    },
  );

  it('takes nothing from a connection that it has let go', async () => {
    const notes = new Notes();
    live.follow('task:a', notes);
    await passes(0);
    const old = service.last.opens().answers();
    const { onmessage } = old;
    await passes(20_000 + 10_000);
    expect(live.getStatus().phase).toBe('down');
    old.onmessage = onmessage;
    old.task(1);
    expect(notes.positions).toEqual([]);
  });

  it('ends with a signal, also with one that has fired before', async () => {
    const notes = new Notes();
    const abort = new AbortController();
    live.follow('task:a', notes, { signal: abort.signal });
    await passes(0);
    service.last.opens().answers();
    abort.abort();
    expect(live.getStatus().phase).toBe('idle');
    live.follow('task:a', notes, { signal: abort.signal });
    expect(live.getStatus().phase).toBe('idle');
    expect(notes).toMatchObject({ positions: [], refusals: [] });
  });

  it('tells followers that it was closed', () => {
    const notes = new Notes();
    live.follow('task:a', notes);
    live.close();
    expect(notes.refusals).toMatchObject([{ code: 'client_closed' }]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('refuses everything where there is no WebSocket', async () => {
    const notes = new Notes();
    live = new LiveConnection(
      () => Promise.resolve('ws://service/v1/live'),
      () => Promise.reject(new Error('none')),
    );
    live.follow('task:a', notes);
    await passes(0);
    expect(notes.refusals).toMatchObject([
      { code: 'no_websocket', message: expect.stringContaining('none') },
    ]);
    expect(live.getStatus().phase).toBe('idle');
    expect(() => live.follow('task:a', notes, { after: '-1' })).toThrow('"after" must be a position');
  });
});
