import { useState } from 'react';
import { api, reasonOf } from '../api/api.js';
import type { Waiting } from './conversation.js';

interface QueueProps {
  readonly taskId: string;
  readonly sessionId: string;
  readonly waiting: readonly Waiting[];
}

/** Prompts that wait for their turn, and those of which nobody knows whether they arrived. */
export function Queue({ taskId, sessionId, waiting }: QueueProps) {
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const act = async (promptId: string, action: () => Promise<unknown>) => {
    setBusy((before) => new Set([...before, promptId]));
    setFailure(undefined);
    try {
      await action();
    } catch (error) {
      setFailure(error);
    }
    setBusy((before) => new Set([...before].filter((id) => id !== promptId)));
  };
  if (waiting.length === 0) return null;
  return (
    <div className="queue">
      <ul aria-label="Prompts that wait">
        {waiting.map(({ promptId, text, state, reason }) => (
          <li key={promptId} data-state={state}>
            <div className="queued-text">
              <span dir="auto">{text}</span>
              <span className="quiet">
                {state === 'queued' ? 'Waits for its turn' : `It may not have arrived. ${reason ?? ''}`}
              </span>
            </div>
            {state === 'unsure' && (
              <button
                type="button"
                className="button small"
                disabled={busy.has(promptId)}
                onClick={() => act(promptId, () => api.resendPrompt(taskId, sessionId, promptId))}
              >
                Send again
              </button>
            )}
            <button
              type="button"
              className="button small"
              disabled={busy.has(promptId)}
              aria-label={`Withdraw: ${text.slice(0, 80)}`}
              onClick={() => act(promptId, () => api.withdrawPrompt(taskId, sessionId, promptId))}
            >
              Withdraw
            </button>
          </li>
        ))}
      </ul>
      {failure !== undefined && (
        <p className="reason" role="alert">
          {reasonOf(failure)}
        </p>
      )}
    </div>
  );
}
