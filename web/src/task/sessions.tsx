import { useState, type ReactNode } from 'react';
import type { TaskRecord } from '@slipway/client';
import { ConversationView } from '../conversation/conversation-view.js';
import { SessionBadge } from '../ui/badge.js';
import { legalActions } from './legal.js';
import { NewSession } from './new-session.js';

interface SessionsProps {
  readonly task: TaskRecord;
  /** The position at which the task is shown; null for now. */
  readonly at: string | null;
  /** How the task was fitted out: it stands in the first session, where it happened. */
  readonly fitOut: ReactNode;
}

/** The task's sessions, and the conversation in the chosen one. */
export function Sessions({ task, at, fitOut }: SessionsProps) {
  const [chosen, setChosen] = useState(task.sessionId);
  const session = task.sessions.find(({ sessionId }) => sessionId === chosen) ?? task.sessions[0];
  if (session === undefined) return fitOut;
  const isFirst = session.sessionId === task.sessionId;
  return (
    <>
      <div className="session-head">
        <div className="session-tabs" role="group" aria-label="Sessions">
          {task.sessions.map((each, index) => (
            <button
              key={each.sessionId}
              type="button"
              className="session-tab"
              aria-pressed={each === session}
              onClick={() => setChosen(each.sessionId)}
            >
              <span>
                Session {index + 1} <span className="quiet">{each.agentType}</span>
              </span>
              <SessionBadge session={each} />
            </button>
          ))}
        </div>
        {at === null && legalActions(task).session && (
          <NewSession taskId={task.taskId} onRequested={setChosen} />
        )}
      </div>
      <ConversationView
        key={session.sessionId}
        session={session}
        prompt={isFirst ? task.task : null}
        at={at}
        sleeps={task.status === 'sleeping'}
      >
        {isFirst ? fitOut : null}
      </ConversationView>
    </>
  );
}
