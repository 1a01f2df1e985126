import type { SessionFold, Task } from './task-state.js';
import type { SessionState } from './vocabulary.js';

/** The task's sessions, each changed. */
export function mapSessions(
  task: Task,
  change: (session: SessionFold) => SessionFold,
): readonly SessionFold[] {
  return task.sessions.map(change);
}

/** A session waits for the environment until the task's agent is there, then for its own creation. */
export function withPendingSessionsAs(task: Task, state: SessionState): readonly SessionFold[] {
  return mapSessions(task, (session) =>
    session.state === 'pending_provision' || session.state === 'pending_session_create'
      ? { ...session, state }
      : session,
  );
}

/** No session outlives its sandbox's processes. */
export function endSessions(task: Task, reason: string): readonly SessionFold[] {
  return mapSessions(task, (session) =>
    session.state === 'error' ? session : { ...session, state: 'error', error: reason },
  );
}
