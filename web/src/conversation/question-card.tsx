import { useState, type KeyboardEvent } from 'react';
import { SlipwayError } from '@slipway/client';
import { api, reasonOf } from '../api/api.js';
import type { Question, ToolCall } from './conversation.js';
import { ToolContent } from './tool-call.js';
import { answerText } from './words.js';

interface QuestionProps {
  readonly taskId: string;
  readonly sessionId: string;
  readonly question: Question;
  /** What it is about, where the agent said so. */
  readonly call: ToolCall | undefined;
  /** Whether it can be answered now. */
  readonly isOpen: boolean;
}

/** A question of the agent with the answers that it takes; answered, it is one line. */
export function QuestionCard({ taskId, sessionId, question, call, isOpen }: QuestionProps) {
  const { permissionId, title, options, state } = question;
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  if (state !== 'pending')
    return (
      <p className="question-line" data-state={state}>
        <span dir="auto">{title}</span>
        <span className="quiet">{answerText(question)}</span>
      </p>
    );

  const answer = async (optionId: string) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await api.answerPermission(taskId, sessionId, permissionId, optionId);
    } catch (error) {
      // Somebody was faster: what they answered is on its way.
      if (!(error instanceof SlipwayError && error.code === 'permission_answered')) {
        setFailure(error);
        setBusy(false);
      }
    }
  };
  /** Within the card the options have numbers, which stand on them. */
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || busy || !isOpen) return;
    const option = /^[1-9]$/.test(event.key) ? options[Number(event.key) - 1] : undefined;
    if (option === undefined) return;
    event.preventDefault();
    void answer(option.optionId);
  };
  return (
    <section className="question" aria-label={`The agent asks: ${title}`} onKeyDown={onKey}>
      <p className="question-ask">
        <span className="quiet">The agent asks</span>
        <strong dir="auto">{title}</strong>
      </p>
      {call !== undefined && <ToolContent call={call} />}
      <div className="question-options">
        {options.map(({ optionId, name, kind }, index) => (
          <button
            key={optionId}
            type="button"
            className={`button ${kind.startsWith('reject') ? 'danger' : index === 0 ? 'primary' : ''}`}
            disabled={busy || !isOpen}
            aria-keyshortcuts={index < 9 ? String(index + 1) : undefined}
            onClick={() => answer(optionId)}
          >
            {index < 9 && <kbd aria-hidden="true">{index + 1}</kbd>}
            {name}
          </button>
        ))}
        {options.length === 0 && <p className="quiet">It offers no answers: stop the turn to go on.</p>}
      </div>
      {failure !== undefined && (
        <p className="reason" role="alert">
          {reasonOf(failure)}
        </p>
      )}
    </section>
  );
}
