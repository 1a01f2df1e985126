import type { StoredEvent } from '../../events/stored-event.js';
import type { TaskEvent } from '../../events/task/task-events.js';
import type { TaskState } from '../../events/task/task-state.js';
import { SAGA_EVENT_TYPES, type NextCommand } from '../../sagas/react.js';

/** A command without its time: what was asked for, whenever that was. */
export type Command = NextCommand extends infer C
  ? C extends NextCommand
    ? Omit<C, 'notBefore'>
    : never
  : never;

/** A command that the saga carried out, as the stream shows it. */
export interface RecordedCommand {
  readonly command: Command;
  /** Index of the event that shows it. */
  readonly index: number;
  /** Index of the event that it followed from. */
  readonly trigger: number;
}

/** The events that wake the saga. */
export const WAKES: ReadonlySet<string> = new Set(SAGA_EVENT_TYPES);

/**
 * Finds out from one task's events, taken in order, what the saga was really told to do. What counts:
 * - a stage was commanded when its start is stored: `StageStarted`. It followed from the event that it was
 *   appended with (an outcome and the start of the next stage are one append), else from the event that
 *   its `$causationId` names;
 * - so it was when the task was to wait for room instead: `TaskQueued` is stored in the place of its start;
 * - a further session has no intent event of its own but the request: it was commanded when its outcome is
 *   stored, `SessionCreated` or `SessionFailed`, which followed from the event in `$causationId`.
 * Where the metadata does not tell, it followed from the last event before it that wakes the saga.
 */
export class RecordedCommands {
  private readonly indexOfEvent = new Map<string, number>();
  /** Every stream begins with one that does. */
  private lastWaking = 0;
  private last?: { commandId: unknown; index: number; waking: boolean };

  /** What the event at this index shows, or null. @param before the task before the event */
  take(stored: StoredEvent, event: TaskEvent, index: number, before: TaskState): RecordedCommand | null {
    const command = shownBy(event, before);
    const recorded = command && { command, index, trigger: this.triggerOf(stored) };
    const waking = WAKES.has(event.type);
    if (waking) {
      this.indexOfEvent.set(stored.id, index);
      this.lastWaking = index;
    }
    this.last = { commandId: stored.metadata.commandId, index, waking };
    return recorded;
  }

  private triggerOf({ metadata }: StoredEvent): number {
    const { last } = this;
    if (last?.waking && metadata.commandId !== undefined && last.commandId === metadata.commandId)
      return last.index;
    const cause =
      metadata.$causationId === undefined ? undefined : this.indexOfEvent.get(metadata.$causationId);
    return cause ?? this.lastWaking;
  }
}

function shownBy(event: TaskEvent, before: TaskState): Command | null {
  switch (event.type) {
    case 'StageStarted':
      return { type: 'RunStage', stage: event.data.stage, attempt: event.data.attempt };
    case 'TaskQueued':
      return before === null || before.queued !== null || before.stage === null
        ? null
        : { type: 'RunStage', stage: before.stage, attempt: before.attempt };
    case 'SessionCreated':
    case 'SessionFailed': {
      const { sessionId } = event.data;
      if (before === null || sessionId === before.sessionId) return null;
      const attempt = before.sessions.find((session) => session.sessionId === sessionId)?.attempt ?? 1;
      return { type: 'OpenSession', sessionId, attempt };
    }
    default:
      return null;
  }
}
