import { expect, it } from '@jest/globals';
import { InMemoryEventStore } from '../../test/support/in-memory-event-store.js';
import { CANARY_STREAM, StoreCanary } from './store-canary.js';
import type { CatchUpOptions, Subscription } from './event-store.js';

/** A store whose subscriptions can be made deaf, as those are that listen from a place which the log does not have. */
class DeafStore extends InMemoryEventStore {
  deaf = false;

  override subscribeToAll(options: CatchUpOptions): Subscription {
    const onEvent = this.deaf ? () => undefined : options.onEvent;
    return super.subscribeToAll({ ...options, onEvent });
  }
}

const RETURN_LIMIT_MS = 50;

it('an event that never comes back fails its probe, and the next one listens anew', async () => {
  const store = new DeafStore();
  const canary = new StoreCanary(store, RETURN_LIMIT_MS);
  store.deaf = true;
  await expect(canary.probe()).rejects.toThrow(/no answer/);
  await expect(canary.probe()).rejects.toThrow(/no answer/);
  store.deaf = false;
  await canary.probe();
  await store.close();
});

it('all processes probe through one stream, of which the store keeps only the end', async () => {
  const store = new InMemoryEventStore();
  for (let process = 0; process < 5; process++) await new StoreCanary(store).probe();
  const streams = new Set(store.log.map(({ stream }) => stream));
  expect([...streams].sort()).toEqual([`$$${CANARY_STREAM}`, CANARY_STREAM]);
  const limits = store.log.filter(({ type }) => type === '$metadata');
  expect(limits.map(({ data }) => data)).toEqual([{ $maxAge: 600, $maxCount: 100 }]);
  await store.close();
});
