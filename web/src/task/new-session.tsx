import { useState, type FormEvent } from 'react';
import { SlipwayError } from '@slipway/client';
import { api, reasonOf } from '../api/api.js';

/** Asks for a further session; it waits by itself until the task is ready for it. */
export function NewSession({
  taskId,
  onRequested,
}: {
  taskId: string;
  onRequested: (sessionId: string) => void;
}) {
  const [open, setOpen] = useState(false);
  const [prompt, setPrompt] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      const { sessionId } = await api.requestSession(taskId, prompt.trim() === '' ? {} : { prompt });
      onRequested(sessionId);
      setPrompt('');
      setOpen(false);
    } catch (error) {
      setFailure(error instanceof SlipwayError && error.fields[0] ? error.fields[0].message : error);
    }
    setBusy(false);
  };
  return (
    <details className="new-session" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Another session</summary>
      <form onSubmit={submit}>
        <label className="field">
          Prompt
          <textarea rows={3} value={prompt} onChange={(event) => setPrompt(event.target.value)} />
        </label>
        {failure !== undefined && (
          <p className="reason" role="alert">
            {reasonOf(failure)}
          </p>
        )}
        <button type="submit" className="button" disabled={busy}>
          Open session
        </button>
      </form>
    </details>
  );
}
