import { describe, expect, it } from '@jest/globals';
import { InMemoryEventStore } from '../../../test/support/in-memory-event-store.js';
import {
  HISTORIES,
  TASK_ID,
  created,
  killRequested,
  provisioningFailed,
  started,
} from '../../../test/support/task-history.js';
import { encode } from '../../events/task/fold.js';
import { taskStream, type TaskEvent } from '../../events/task/task-events.js';
import { isSettled } from './parked-settled.js';

/** Whether the message of the first event is settled, once the others were stored. */
async function settledAfter(events: readonly TaskEvent[]) {
  const store = new InMemoryEventStore();
  const causation = { commandId: TASK_ID, correlationId: 'c', causationId: 'c', actor: 'test' };
  await store.append(taskStream(TASK_ID), encode(events, causation), 'no_stream');
  const event = store.log[0]!;
  return isSettled(store, { number: 0n, event, reason: '', parkedAt: new Date() });
}

describe('a parked message', () => {
  const givenUp = [created(), started('ensure_name'), provisioningFailed('ensure_name', 1)];

  it('is not settled while its task is in error', async () =>
    expect(await settledAfter(givenUp)).toBe(false));

  it('is settled when a retry went on', async () => expect(await settledAfter(HISTORIES.running)).toBe(true));

  it('is settled when its task is killed', async () =>
    expect(await settledAfter([...givenUp, killRequested()])).toBe(true));
});
