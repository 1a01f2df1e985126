import type { TaskEventData } from './task-events.js';
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
    session.state === 'error' ? session : { ...session, state: 'ended', error: reason },
  );
}

/** What ended with an archived task waits for the sandbox's agent; what is said in no stream nobody can take up again. */
export function awakenSessions(task: Task): readonly SessionFold[] {
  return mapSessions(task, (session) =>
    session.state === 'ended' && (session.agentSessionId === null || worksInStream(session))
      ? { ...session, state: 'pending_provision', attempt: 1, error: null }
      : session,
  );
}

/** Sessions that were opened before the task was archived are so again as soon as its agent is there. */
export function readyAgain(task: Task): readonly SessionFold[] {
  return mapSessions(task, (session) =>
    session.state === 'pending_provision' && session.agentSessionId !== null && worksInStream(session)
      ? { ...session, state: 'ready' }
      : session,
  );
}

const worksInStream = ({ worksInStream, summary }: SessionFold): boolean => worksInStream || summary !== null;

/** A session that was asked for. */
export function requestedSession(
  asked: Pick<
    TaskEventData<'SessionRequested'>,
    'sessionId' | 'agentType' | 'prompt' | 'permissionPolicy' | 'modeId' | 'model' | 'at'
  >,
  state: SessionState,
): SessionFold {
  const { sessionId, agentType, prompt, permissionPolicy, modeId, model, at } = asked;
  return {
    sessionId,
    agentType,
    prompt,
    state,
    attempt: 1,
    agentSessionId: null,
    error: null,
    wish: {
      permissionPolicy: permissionPolicy ?? null,
      modeId: modeId ?? null,
      model: model ?? null,
    },
    worksInStream: false,
    summary: null,
    createdAt: at,
  };
}
