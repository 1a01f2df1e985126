import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { Batcher } from './batcher.js';

let position = 0n;
const event = (task = ''): StoredEvent => ({
  id: String(++position),
  stream: 'task-x',
  type: 'TaskCreated',
  revision: 0n,
  position,
  created: new Date(),
  data: { task },
  metadata: {},
});
const fill = async (batcher: Batcher, count: number, task?: string) => {
  for (let number = 0; number < count; number++) await batcher.offer(event(task));
};

describe('the batcher', () => {
  it('hands what comes alone on at once', async () => {
    const batcher = new Batcher();
    const taking = batcher.take();
    await fill(batcher, 1);
    const soon = new Promise((resolve) => setImmediate(resolve));
    expect(await Promise.race([taking, soon])).toHaveLength(1);
  });

  it('hands on what has gathered while the last batch was written', async () => {
    const batcher = new Batcher();
    await fill(batcher, 9);
    expect(await batcher.take()).toHaveLength(9);
  });

  it('gathers while events stream in, for 20 ms or up to 500', async () => {
    const clock = new VirtualClock();
    const batcher = new Batcher(clock);
    await fill(batcher, 60);
    expect(await batcher.take()).toHaveLength(60);
    await fill(batcher, 60);
    let taken = 0;
    const taking = batcher.take().then((batch) => (taken = batch!.length));
    await clock.advance(5);
    await fill(batcher, 5);
    await clock.advance(14);
    expect(taken).toBe(0);
    await clock.advance(1);
    expect(await taking).toBe(65);
    await fill(batcher, 700);
    expect(await batcher.take()).toHaveLength(500);
  });

  it('holds back whoever offers more than two batches', async () => {
    const batcher = new Batcher();
    let offered = 0;
    const offering = (async () => {
      for (; offered < 1_500; offered++) await batcher.offer(event());
    })();
    await new Promise((resolve) => setImmediate(resolve));
    expect(offered).toBe(999);
    for (let taken = 0; taken < 1_500;) taken += (await batcher.take())!.length;
    await offering;
  });

  it('makes smaller batches of large events', async () => {
    const batcher = new Batcher();
    await fill(batcher, 30, 'x'.repeat(200_000));
    expect((await batcher.take())!.length).toBeLessThan(10);
  });

  it('ends for those who take and those who offer', async () => {
    const batcher = new Batcher();
    const taking = batcher.take();
    batcher.end();
    expect(await taking).toBeNull();
    await fill(batcher, 3_000);
    expect(await batcher.take()).toBeNull();
  });
});
