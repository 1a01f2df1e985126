import { TooBusyError } from '../commands/turns.js';
import { EventStoreUnavailableError } from '../store/event-store.js';

/** A failure that passes by itself: it is no sign of a bug, however often it comes. */
export const isPassing = (error: unknown): boolean =>
  error instanceof EventStoreUnavailableError || error instanceof TooBusyError;
