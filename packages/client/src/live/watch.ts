import { onAbort } from '../abort.js';
import type { TaskRecord } from '../types.js';
import type { FollowOptions, Following, LinkStatus, LiveConnection } from './live-connection.js';
import type { Topic } from './topic.js';

/** What happens on a topic. `reset`: what is known of it is to be forgotten, its current records follow. */
export type LiveUpdate =
  | { readonly type: 'task'; readonly position: string; readonly task: TaskRecord }
  | { readonly type: 'reset'; readonly reason: string };

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
export async function* watch(
  connection: LiveConnection,
  topic: Topic,
  { after, signal, onLink }: WatchOptions = {},
): AsyncGenerator<LiveUpdate, void, void> {
  const waiting: LiveUpdate[] = [];
  let following: Following | undefined;
  let failure: { readonly error: unknown } | undefined;
  let wake = () => {};
  const fail = (error: unknown) => {
    failure = { error };
    wake();
  };
  const add = (update: LiveUpdate) => {
    waiting.push(update);
    wake();
    if (waiting.length < MOST_WAITING) return;
    after = following?.position;
    following?.stop();
    following = undefined;
  };
  const follow = () =>
    connection.follow(
      topic,
      {
        task: (task, position) => add({ type: 'task', position, task }),
        reset: (reason) => add({ type: 'reset', reason }),
        refused: fail,
      },
      { after },
    );
  const endWatching = onLink && connection.onStatus(() => onLink(connection.getStatus()));
  const forget = onAbort(signal, () => fail(signal!.reason));
  try {
    for (;;) {
      if (failure) throw failure.error;
      const update = waiting.shift();
      if (update !== undefined) yield update;
      // Whoever is told that it connects may abort at once: look again before waiting.
      else if (following === undefined) following = follow();
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    forget();
    following?.stop();
    endWatching?.();
  }
}
