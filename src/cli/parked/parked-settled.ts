import { UndecodableEventError } from '../../events/codec.js';
import { decode, foldStream } from '../../events/task/fold.js';
import type { EventStore } from '../../store/event-store.js';
import type { ParkedMessage } from '../../store/store-admin.js';
import { taskIdOfStream } from '../../events/task/task-events.js';
import { reactToAction } from '../../sagas/actions/react-action.js';
import { due } from '../../sagas/react.js';

/**
 * Whether nothing is left to be done about a message that the saga has parked: its task was retried, or killed, and went on,
 * or its action has ended.
 * Null when that cannot be told, because the task cannot be read.
 */
export async function isSettled(
  store: Pick<EventStore, 'readStream'>,
  { event }: ParkedMessage,
): Promise<boolean | null> {
  if (event === null || taskIdOfStream(event.stream) === null) return true;
  try {
    const { state: task } = await foldStream(store.readStream(event.stream));
    const parked = decode(event);
    return parked === null || (due(task, parked) ?? reactToAction(task, parked)) === null;
  } catch (error) {
    if (error instanceof UndecodableEventError) return null;
    throw error;
  }
}
