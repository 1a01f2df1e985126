import { useState, type FormEvent } from 'react';
import { navigate } from '../router.js';
import { inWorkspace } from '../workspace.js';

/** Names the workspace; a press opens the field that leads to another. */
export function WorkspaceSwitch({ workspace }: { workspace: string }) {
  const [typed, setTyped] = useState(workspace);
  const go = (event: FormEvent) => {
    event.preventDefault();
    navigate(inWorkspace('/', typed.trim() || 'default'));
  };
  return (
    <details className="workspace">
      <summary>
        <span className="quiet">Workspace</span> {workspace}
      </summary>
      <form onSubmit={go}>
        <label className="field">
          Another workspace
          <input
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,99}"
            title='Letters, digits, ".", "_" and "-"'
            spellCheck={false}
            autoCapitalize="off"
          />
        </label>
        <button type="submit" className="button">
          Go
        </button>
      </form>
    </details>
  );
}
