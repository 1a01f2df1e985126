import type { StoredEvent } from '../../events/stored-event.js';
import type { OperatorsStore } from '../../store/store-admin.js';
import { copyLog, CopyRefusedError } from './copy-log.js';
import { historyOf } from '../history.js';
import { compareDigests, digestLog, type LogDigest } from './log-digest.js';
import { startProgress } from '../progress.js';

export interface TransferReport {
  readonly events: number;
  readonly streams: number;
  /** Events that the target had from an earlier run. */
  readonly already: number;
  readonly copied: number;
  /** SHA-256 over the ids of all events in their order. */
  readonly order: string;
  /** What the verification found; empty when the target holds exactly what the source holds. */
  readonly differences: readonly string[];
}

/**
 * Reads and checks all of the source, copies it, reads the target again and compares: the number of events
 * and a hash of each stream, and the order of all. What the source gets meanwhile is left for the next run.
 */
export async function transfer(
  source: () => AsyncIterable<StoredEvent>,
  target: OperatorsStore,
  { quiet = false, inFlight }: { quiet?: boolean; inFlight: number },
): Promise<TransferReport> {
  const groups = await target.groupsAtWork();
  if (groups.length > 0)
    throw new CopyRefusedError(
      `A service works on the target (group ${groups.join(', ')}): it would act on the events as they arrive. Stop it, or let it run with SLIPWAY_ROLES=projector meanwhile.`,
    );
  const expected = await digestWithProgress('Reading', copiable(source()), 0, quiet);
  const progress = startProgress('Copying', expected.events, { quiet });
  let already: number;
  try {
    const onProgress = (events: number) => progress.update(events);
    already = await copyLog(() => first(expected.events, source()), target, { inFlight, onProgress });
  } finally {
    progress.stop();
  }
  const actual = await digestWithProgress('Verifying', historyOf(target), expected.events, quiet);
  return {
    events: expected.events,
    streams: expected.streams.size,
    already,
    copied: expected.events - already,
    order: expected.order,
    differences: compareDigests(expected, actual),
  };
}

/** Lets events pass that can be copied with all that they have. Throws CopyRefusedError at the first other one. */
export async function* copiable(events: AsyncIterable<StoredEvent>): AsyncIterable<StoredEvent> {
  const next = new Map<string, bigint>();
  for await (const event of events) {
    const { stream, revision, data } = event;
    if (typeof data !== 'object' || data === null || data instanceof Uint8Array)
      throw new CopyRefusedError(`${stream}@${revision} does not hold JSON; only JSON events can be copied.`);
    const expected = next.get(stream) ?? 0n;
    if (revision !== expected)
      throw new CopyRefusedError(
        `${stream} goes on with revision ${revision} instead of ${expected}: events of it are gone, so the others cannot keep their revisions.`,
      );
    next.set(stream, revision + 1n);
    yield event;
  }
}

async function* first<T>(count: number, items: AsyncIterable<T>): AsyncIterable<T> {
  if (count === 0) return;
  for await (const item of items) {
    yield item;
    if (--count === 0) return;
  }
}

async function digestWithProgress(
  label: string,
  events: AsyncIterable<StoredEvent>,
  total: number,
  quiet: boolean,
): Promise<LogDigest> {
  const progress = startProgress(label, total, { quiet });
  let count = 0;
  async function* counted() {
    for await (const event of events) {
      progress.update(++count);
      yield event;
    }
  }
  try {
    return await digestLog(counted());
  } finally {
    progress.stop();
  }
}
