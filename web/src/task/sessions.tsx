import { useState } from 'react';
import { reasonOf } from '../api/api.js';
import type { SessionRecord, TaskRecord, Transcript } from '@slipway/client';
import { SessionBadge } from '../ui/badge.js';
import { legalActions } from './legal.js';
import { NewSession } from './new-session.js';
import { saidIn } from './said.js';
import { useTranscript } from './use-transcript.js';

/** The task's sessions as tabs, and what was said in the chosen one. */
export function Sessions({ task, past }: { task: TaskRecord; past: boolean }) {
  const [chosen, setChosen] = useState(task.sessionId);
  const session = task.sessions.find(({ sessionId }) => sessionId === chosen) ?? task.sessions[0];
  if (session === undefined) return null;
  return (
    <>
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
            <SessionBadge state={each.state} />
          </button>
        ))}
      </div>
      <Session
        key={session.sessionId}
        session={session}
        prompt={session.sessionId === task.sessionId ? task.task : null}
        past={past}
      />
      {!past && legalActions(task).session && <NewSession taskId={task.taskId} onRequested={setChosen} />}
    </>
  );
}

interface SessionProps {
  readonly session: SessionRecord;
  /** What the session was opened with, where the task tells. */
  readonly prompt: string | null;
  readonly past: boolean;
}

function Session({ session, prompt, past }: SessionProps) {
  const { transcript, error } = useTranscript(session, !past);
  const said = saidIn(prompt, transcript, past);
  return (
    <div className="session">
      {said.map(({ role, text }, index) => (
        <div key={index} className={`message ${role}`}>
          <span className="who">{role === 'user' ? 'Prompt' : session.agentType}</span>
          {/* Long answers scroll, also by keyboard. */}
          <div className="said" tabIndex={0}>
            {text}
          </div>
        </div>
      ))}
      <div aria-live="polite">
        {session.state === 'ready' && <Conversation transcript={transcript} error={error} past={past} />}
        {session.state === 'error' && <p className="reason">{session.error}</p>}
        {session.state.startsWith('pending') && (
          <p className="preparing">
            Preparing environment
            {session.error !== null && <span className="reason"> Last attempt: {session.error}</span>}
          </p>
        )}
      </div>
    </div>
  );
}

interface ConversationProps {
  readonly transcript: Transcript | undefined;
  readonly error: unknown;
  readonly past: boolean;
}

/** How far the conversation is. */
function Conversation({ transcript, error, past }: ConversationProps) {
  if (past) return <p className="quiet">The session is open. Its conversation is shown at the present.</p>;
  if (error !== undefined)
    return <p className="reason">What was said could not be read: {reasonOf(error)}</p>;
  if (transcript === undefined) return <p className="quiet">Reading what was said…</p>;
  if (transcript.state === 'busy') return <p className="preparing">The agent is working</p>;
  if (transcript.state === 'dead') return <p className="quiet">The agent's process has ended.</p>;
  return transcript.messages.length === 0 ? <p className="quiet">Nothing was said yet.</p> : null;
}
