import { status } from '@grpc/grpc-js';
import { expect, it } from '@jest/globals';
import { EventStoreFullError, EventStoreUnavailableError } from './event-store.js';
import { translated } from './client-words.js';

/** Before, it was "away" and "does not answer", with no word about a disk. */
it('a store without room says so, and is waited for as one that is away', () => {
  const details = 'The events could not be written, nothing was stored. The disk may be full.';
  const error = translated(
    Object.assign(new Error(details), { code: status.RESOURCE_EXHAUSTED, details }),
    'task-1',
  );
  expect(error).toBeInstanceOf(EventStoreFullError);
  expect(error).toBeInstanceOf(EventStoreUnavailableError);
  expect(error.message).toBe(`The event store did not write task-1: ${details}`);
});
