import { useState } from 'react';
import type { SessionRecord } from '@slipway/client';
import { api, reasonOf } from '../api/api.js';
import { POLICY, usageText } from './words.js';

type Change = Partial<Pick<SessionRecord, 'permissionPolicy'>> & { modeId?: string; model?: string };

/** How questions are answered, the agent's mode and model, and what it has used. */
export function Settings({ session, disabled }: { session: SessionRecord; disabled: boolean }) {
  const { taskId, sessionId, permissionPolicy, modeId, modes, model, models } = session;
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const change = async (what: Change) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await api.changeSession(taskId, sessionId, what);
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
  };
  const usage = usageText(session.usage);
  const off = disabled || busy;
  return (
    <div className="settings">
      <Choice
        label="Questions"
        value={permissionPolicy}
        choices={Object.entries(POLICY).map(([id, name]) => ({ id, name }))}
        disabled={off}
        onChoose={(id) => change({ permissionPolicy: id as SessionRecord['permissionPolicy'] })}
      />
      <Choice
        label="Mode"
        value={modeId}
        choices={modes}
        disabled={off}
        onChoose={(id) => change({ modeId: id })}
      />
      <Choice
        label="Model"
        value={model}
        choices={models}
        disabled={off}
        onChoose={(id) => change({ model: id })}
      />
      {usage !== '' && (
        <span className="usage" title="What the session has used">
          {usage}
        </span>
      )}
      {failure !== undefined && (
        <p className="reason" role="alert">
          {reasonOf(failure)}
        </p>
      )}
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string | null;
  readonly choices: readonly { readonly id: string; readonly name: string }[];
  readonly disabled: boolean;
  readonly onChoose: (id: string) => void;
}

/** One of the given; not there where there is nothing to choose from. */
function Choice({ label, value, choices, disabled, onChoose }: ChoiceProps) {
  if (choices.length === 0) return null;
  const isKnown = choices.some(({ id }) => id === value);
  return (
    <label className="choice">
      <span>{label}</span>
      <select value={value ?? ''} disabled={disabled} onChange={({ target }) => onChoose(target.value)}>
        {!isKnown && <option value={value ?? ''}>{value ?? 'as the agent likes'}</option>}
        {choices.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
