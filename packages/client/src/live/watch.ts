import { onAbort } from '../abort.js';
import type { SlipwayError } from '../slipway-error.js';
import type { LogSource, TaskRecord, TranscriptDelta, TranscriptEntry } from '../types.js';
import type { FollowOptions, Following, LinkStatus, LiveConnection } from './live-connection.js';
import type { Topic } from './topic.js';

interface Reset {
  readonly type: 'reset';
  readonly reason: string;
}

/** What happens on a topic. `reset`: what is known of it is to be forgotten, its current records follow. */
export type LiveUpdate =
  { readonly type: 'task'; readonly position: string; readonly task: TaskRecord } | Reset;

/**
 * What happens in a session. A `delta` is a piece of a text that is being written; the entry with its `entryId` takes its
 * place. `reset`: what is known of it is to be forgotten, its entries follow from the first one on.
 */
export type SessionUpdate =
  | { readonly type: 'entry'; readonly position: string; readonly entry: TranscriptEntry }
  | { readonly type: 'delta'; readonly delta: TranscriptDelta }
  | Reset;

/** What a sandbox puts out. `reset`: its log began anew, and its lines follow. */
export type LogUpdate =
  { readonly type: 'lines'; readonly position: string; readonly lines: readonly string[] } | Reset;

export interface WatchOptions extends FollowOptions {
  /** Called whenever the connection is made, lost or tried again. */
  readonly onLink?: (status: LinkStatus) => void;
}

/** With so many updates waiting to be taken, no more are asked for until they have been. */
const MOST_WAITING = 1_000;

/**
 * A topic's updates in rising position: the current records first or, with `after`, what came after it. Goes on by itself
 * when the connection was lost: nothing is missed and nothing comes twice. Whoever takes them slowly gets the latest
 * record of each task. Ends when the loop does; rejects with the signal's reason when it aborts, with SlipwayError when
 * the topic cannot be followed.
 */
export const watch = (
  connection: LiveConnection,
  topic: Topic,
  options: WatchOptions = {},
): AsyncGenerator<LiveUpdate, void, void> =>
  updates(
    connection,
    ({ add, refused }: Listener<LiveUpdate>, after) =>
      connection.follow(
        topic,
        {
          task: (task, position) => add({ type: 'task', position, task }),
          reset: (reason) => add({ type: 'reset', reason }),
          refused,
        },
        { after },
      ),
    options,
  );

/**
 * What happens in a session, in rising position, from its first entry on or, with `after`, from there. Goes on by itself as
 * `watch` does; whoever takes it slowly misses no entry, but pieces of texts.
 */
export const watchSession = (
  connection: LiveConnection,
  sessionId: string,
  options: WatchOptions = {},
): AsyncGenerator<SessionUpdate, void, void> =>
  updates(
    connection,
    ({ add, refused }: Listener<SessionUpdate>, after) =>
      connection.followSession(
        sessionId,
        {
          entry: (entry, position) => add({ type: 'entry', position, entry }),
          delta: (delta) => add({ type: 'delta', delta }),
          reset: (reason) => add({ type: 'reset', reason }),
          refused,
        },
        { after },
      ),
    options,
  );

/** What a sandbox puts out, from its log's beginning or, with `after`, from there. Goes on by itself as `watch` does. */
export const watchLog = (
  connection: LiveConnection,
  taskId: string,
  source: LogSource,
  options: WatchOptions = {},
): AsyncGenerator<LogUpdate, void, void> =>
  updates(
    connection,
    ({ add, refused }: Listener<LogUpdate>, after) =>
      connection.followLog(
        taskId,
        source,
        {
          lines: (lines, position) => add({ type: 'lines', position, lines }),
          reset: (reason) => add({ type: 'reset', reason }),
          refused,
        },
        { after },
      ),
    options,
  );

interface Listener<Update> {
  readonly add: (update: Update) => void;
  readonly refused: (error: SlipwayError) => void;
}

async function* updates<Update>(
  connection: LiveConnection,
  follow: (listener: Listener<Update>, after: string | undefined) => Following,
  { after, signal, onLink }: WatchOptions,
): AsyncGenerator<Update, void, void> {
  const waiting: Update[] = [];
  let following: Following | undefined;
  let failure: { readonly error: unknown } | undefined;
  let wake = () => {};
  const refused = (error: unknown) => {
    failure = { error };
    wake();
  };
  const add = (update: Update) => {
    waiting.push(update);
    wake();
    if (waiting.length < MOST_WAITING) return;
    after = following?.position;
    following?.stop();
    following = undefined;
  };
  const endWatching = onLink && connection.onStatus(() => onLink(connection.getStatus()));
  const forget = onAbort(signal, () => {
    // Whoever has an update in hand may never come for the next, and this would not come to its end.
    following?.stop();
    refused(signal!.reason);
  });
  try {
    for (;;) {
      if (failure) throw failure.error;
      const update = waiting.shift();
      if (update !== undefined) yield update;
      // Whoever is told that it connects may abort at once: look again before waiting.
      else if (following === undefined) following = follow({ add, refused }, after);
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    forget();
    following?.stop();
    endWatching?.();
  }
}
