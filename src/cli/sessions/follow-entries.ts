import type {
  Activity,
  LinkStatus,
  SlipwayClient,
  TaskRecord,
  TranscriptDelta,
  TranscriptEntry,
} from '@slipway/client';
import { onAbort } from '../../platform/aborts.js';
import { pause } from '../../platform/clock.js';

/** A session's last entry follows the end of its task so soon, in milliseconds, or never: it may have none. */
const LAST_ENTRY_MS = 3_000;

export interface FollowEntries {
  readonly taskId: string;
  readonly sessionId: string;
  /** Only what comes after this position. */
  readonly after?: string;
  readonly signal?: AbortSignal;
  /** Called when the connection is lost, with the reason, and when it is back, with null. */
  readonly onTrouble?: (reason: string | null) => void;
}

/** What happens in a session: an entry, a piece of a text that is being written, or what the session does now. */
export type SessionNews =
  | { readonly type: 'entry'; readonly entry: TranscriptEntry }
  | { readonly type: 'delta'; readonly delta: TranscriptDelta }
  | { readonly type: 'activity'; readonly activity: Activity | null };

/**
 * What is said and done in a session, live, from the beginning or from `after` on: no entry is missed and none comes twice,
 * across restarts of the service as well. Ends when the session is over (its activity `ended` is the last that comes) and
 * when the signal aborts; rejects with SlipwayError for what does not pass by itself.
 */
export async function* followEntries(
  client: SlipwayClient,
  { taskId, sessionId, after, signal, onTrouble }: FollowEntries,
): AsyncGenerator<SessionNews, void, void> {
  const over = new AbortController();
  const forget = signal && onAbort(signal, () => over.abort());
  const live = { signal: over.signal };
  const updates = client.followSession(sessionId, { ...live, after, onLink: troubleOf(onTrouble) });
  const records = client.watchTask(taskId, live);
  const told = () => updates.next().then((update) => ({ update }));
  const changed = () => records.next().then((record) => ({ record }));
  let nextUpdate = told();
  let nextRecord = changed();
  let isLast = false;
  let ending: { readonly by: TaskRecord; readonly late: Promise<{ readonly late: true }> } | undefined;
  try {
    while (!(ending && isLast)) {
      const news = await Promise.race([nextUpdate, nextRecord, ...(ending ? [ending.late] : [])]);
      if ('late' in news) break;
      if ('update' in news) {
        nextUpdate = told();
        const update = news.update.value;
        if (!update || update.type === 'reset') continue;
        if (update.type === 'entry') {
          after = update.position;
          isLast = update.entry.kind === 'notice' && update.entry.code === 'session_ended';
        }
        yield update;
        continue;
      }
      nextRecord = changed();
      const record = news.record.value;
      const session = record?.sessions.find((each) => each.sessionId === sessionId);
      if (!record || !session) continue;
      const isOver = session.state === 'ended' || session.state === 'error' || session.activity === 'ended';
      if (!isOver) yield { type: 'activity', activity: session.activity };
      if (!isOver) ending = undefined;
      else ending ??= { by: record, late: pause(LAST_ENTRY_MS, over.signal).then(() => ({ late: true })) };
    }
    const rest = { after, minPosition: ending!.by.position };
    for await (const entry of client.eachEntry(taskId, sessionId, rest, live)) yield { type: 'entry', entry };
    yield { type: 'activity', activity: 'ended' };
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    forget?.();
    over.abort();
    // Who waits for more is told that it is over.
    await Promise.allSettled([nextUpdate, nextRecord]);
  }
}

/** Says each loss and each return once. */
function troubleOf(tell: FollowEntries['onTrouble']): (link: LinkStatus) => void {
  let isAway = false;
  return ({ phase, retryAt, reason }) => {
    if (phase === 'down' && retryAt !== null && !isAway) {
      isAway = true;
      tell?.(`Connection lost: ${reason}. Trying again …`);
    } else if (phase === 'live' && isAway) {
      isAway = false;
      tell?.(null);
    }
  };
}
