import { useRef, useState, type FormEvent, type KeyboardEvent } from 'react';
import type { SessionRecord } from '@slipway/client';
import { api, reasonOf } from '../api/api.js';
import { newKey } from '../pages/idempotency-key.js';
import { Icon } from '../ui/icon.js';
import type { Waiting } from './conversation.js';
import { draftsIn } from './drafts.js';
import { Queue } from './queue.js';
import { Settings } from './settings.js';

const drafts = draftsIn(() => localStorage);
/** Where there is no keyboard, Enter makes a new line and the button sends. */
const hasKeyboard = () => matchMedia('(pointer: fine)').matches;

interface ComposerProps {
  readonly session: SessionRecord;
  /** Whether what is asked wakes the task. */
  readonly sleeps: boolean;
  readonly waiting: readonly Waiting[];
}

/** What to ask next, at any time: it waits until the agent is ready for it. */
export function Composer({ session, sleeps, waiting }: ComposerProps) {
  const { taskId, sessionId, activity } = session;
  const [text, setText] = useState(() => drafts.read(sessionId));
  const [busy, setBusy] = useState(false);
  const [stopping, setStopping] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const form = useRef<HTMLFormElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const lastTry = useRef({ text: '', key: '' });
  const isOver =
    session.state === 'error' || (!sleeps && (session.state === 'ended' || activity === 'ended'));
  const works = ['working', 'waiting_for_permission', 'cancelling'].includes(activity ?? '');

  const type = (typed: string) => {
    setText(typed);
    drafts.write(sessionId, typed);
  };
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || isOver || text.trim() === '') return;
    // The same text keeps its key: pressing again after a lost answer does not ask twice.
    if (lastTry.current.text !== text) lastTry.current = { text, key: newKey() };
    setBusy(true);
    setFailure(undefined);
    try {
      await api.queuePrompt(taskId, sessionId, text, { idempotencyKey: lastTry.current.key });
      lastTry.current = { text: '', key: '' };
      type('');
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
    field.current?.focus();
  };
  const stop = async () => {
    setStopping(true);
    setFailure(undefined);
    try {
      await api.cancelTurn(taskId, sessionId);
    } catch (error) {
      setFailure(error);
    }
    setStopping(false);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    if (!hasKeyboard() && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    form.current?.requestSubmit();
  };
  if (isOver) return null;
  return (
    <form ref={form} className="composer" onSubmit={send} aria-label="Ask the agent">
      <Queue taskId={taskId} sessionId={sessionId} waiting={waiting} />
      {failure !== undefined && (
        <p className="reason" role="alert">
          {reasonOf(failure)}
        </p>
      )}
      <div className="composer-field">
        <textarea
          ref={field}
          aria-label="Message to the agent"
          placeholder={works ? 'Ask the next thing' : 'Ask the agent'}
          rows={1}
          dir="auto"
          value={text}
          maxLength={100_000}
          readOnly={busy}
          onChange={(event) => type(event.target.value)}
          onKeyDown={onKey}
        />
        {works && (
          <button
            type="button"
            className="button"
            disabled={stopping || activity === 'cancelling'}
            onClick={stop}
          >
            <Icon name="stop" />
            {activity === 'cancelling' ? 'Stopping' : 'Stop'}
          </button>
        )}
        <button type="submit" className="button primary" disabled={busy || text.trim() === ''}>
          Send
        </button>
      </div>
      <Settings session={session} disabled={false} />
    </form>
  );
}
