import { isDeepStrictEqual } from 'node:util';
import { summaryOf, type Session } from '../events/session/session-state.js';
import type { SessionSummary } from '../events/session/session-summary.js';
import type { Clock } from '../platform/clock.js';
import type { CommandContext, SessionExecutor, TaskExecutor } from './executor.js';

export interface NoteTools {
  readonly tasks: TaskExecutor;
  readonly sessions: SessionExecutor;
  readonly clock: Clock;
}

/**
 * Has the task's record say what others see of a session. Several may do so at once, and whoever knows less may be last: each
 * tells what is when it begins, whatever led to it, and looks again afterwards, so that the last one tells what is.
 * @param known up to which revision the session is to be known, by whoever hears of all that others ask of it and tells of it
 * then; without it the stream's end is read
 */
export async function noteSession(
  { tasks, sessions, clock }: NoteTools,
  { taskId, sessionId }: Pick<Session, 'taskId' | 'sessionId'>,
  context: CommandContext,
  known?: () => bigint,
): Promise<void> {
  for (let told: SessionSummary | undefined; ;) {
    const { state } = await sessions.load(sessionId, { ...context, atLeastRevision: known?.() });
    if (state === null) return;
    const summary = summaryOf(state);
    if (isDeepStrictEqual(told, summary)) return;
    const at = clock.now().toISOString();
    const { events } = await tasks.execute(taskId, { type: 'NoteSession', sessionId, summary, at }, context);
    if (events.length === 0) return;
    told = summary;
  }
}
