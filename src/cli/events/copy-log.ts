import { type BackOffPolicy, backOffMs } from '../../platform/back-off.js';
import { pause } from '../../platform/clock.js';
import {
  EventStoreUnavailableError,
  WrongExpectedRevisionError,
  type EventStore,
} from '../../store/event-store.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { historyOf } from '../history.js';
import { CliError } from '../exit-code.js';
import { OrderedAppends } from './ordered-appends.js';

/** The copy cannot be made. The message says why. */
export class CopyRefusedError extends CliError {
  constructor(message: string) {
    super('refused', message);
  }
}

export interface CopyOptions {
  /** Appends under way at a time. */
  readonly inFlight?: number;
  /** Gets the number of the source's events that the target holds, as it rises. */
  readonly onProgress?: (events: number) => void;
}

/** A target that does not answer is tried again so often in a row without any progress. */
const MAX_FAILURES = 8;
/** Somebody else's event in the way does not go away; what was under way when an earlier run died, arrives. */
const MAX_CONFLICTS = 2;
const PAUSES: BackOffPolicy = { firstMs: 200, capMs: 5_000 };

/**
 * Copies a log event by event, in its order, with ids, types, data, metadata and revisions. What the
 * target holds is the only state: it has to be the beginning of the source (or empty), and the copy goes
 * on from there. So it may be killed at any moment and run again, any number of times.
 * @param source the events from the beginning, each time it is called
 * @returns how many events the target had from earlier runs
 * Throws CopyRefusedError, before it changes anything, for a target that holds anything else.
 */
export async function copyLog(
  source: () => AsyncIterable<StoredEvent>,
  target: Pick<EventStore, 'append' | 'readAll'>,
  { inFlight = 1, onProgress }: CopyOptions = {},
): Promise<number> {
  let already: number | undefined;
  let furthest = -1;
  let failures = 0;
  const reached = (events: number) => {
    if (events > furthest) [furthest, failures] = [events, 0];
    onProgress?.(events);
  };
  for (;;) {
    try {
      await copyOnce(source, target, inFlight, (events) => (already ??= events), reached);
      return already ?? 0;
    } catch (error) {
      failures++;
      if (error instanceof WrongExpectedRevisionError && failures > MAX_CONFLICTS) throw conflict(error);
      const mayPass =
        error instanceof EventStoreUnavailableError || error instanceof WrongExpectedRevisionError;
      if (!mayPass || failures > MAX_FAILURES) throw error;
      await pause(backOffMs(failures, PAUSES, 0));
    }
  }
}

/** One run: walks along both logs while the target has anything, then appends the rest of the source. */
async function copyOnce(
  source: () => AsyncIterable<StoredEvent>,
  target: Pick<EventStore, 'append' | 'readAll'>,
  inFlight: number,
  onWalked: (events: number) => void,
  onReached: (events: number) => void,
): Promise<void> {
  const there = historyOf(target)[Symbol.asyncIterator]();
  let walked = 0;
  let walking = true;
  const appends = new OrderedAppends(target, inFlight, (appended) => onReached(walked + appended));
  try {
    for await (const event of source()) {
      if (walking) {
        const next = await there.next();
        if (!next.done) {
          refuseUnlessSame(next.value, event, walked);
          onReached(++walked);
          continue;
        }
        walking = false;
        onWalked(walked);
      }
      await appends.add(event);
    }
    await appends.finish();
    if (walking) refuseMore(await there.next());
    onWalked(walked);
  } finally {
    await appends.settled();
    await there.return?.();
  }
}

function refuseUnlessSame(target: StoredEvent, source: StoredEvent, before: number): void {
  if (target.id === source.id && target.stream === source.stream && target.revision === source.revision)
    return;
  throw new CopyRefusedError(
    `The target is not empty and not the beginning of the source: event ${before + 1} there is ${placeOf(target)}, in the source ${placeOf(source)}. Copy into an empty store.`,
  );
}

function refuseMore(next: IteratorResult<StoredEvent>): void {
  if (next.done) return;
  throw new CopyRefusedError(
    `The target holds more than the source: ${placeOf(next.value)} comes after all of it. Copy into an empty store.`,
  );
}

const conflict = ({ stream, actual }: WrongExpectedRevisionError) =>
  new CopyRefusedError(
    `Somebody else writes to the target: ${stream} is at revision ${actual} there. Stop whoever it is, and copy into an empty store.`,
  );

const placeOf = ({ type, stream, revision }: StoredEvent): string => `${type} at ${stream}@${revision}`;
