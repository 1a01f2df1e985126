import { within } from '../platform/within.js';
import { EventStoreUnavailableError } from './event-store.js';

/** What the work gives, or EventStoreUnavailableError when it gives nothing within the limit (in milliseconds). */
export const answerWithin = <T>(limitMs: number, work: Promise<T>): Promise<T> =>
  within(limitMs, work, () => {
    throw new EventStoreUnavailableError(`no answer within ${limitMs / 1_000} s`);
  });
