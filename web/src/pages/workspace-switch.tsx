import { useState, type FormEvent } from 'react';
import { AuditLink } from '../access/audit-link.js';
import { UsagePanel } from '../access/usage-panel.js';
import { api } from '../api/api.js';
import { Link, navigate } from '../router.js';
import { useResource } from '../ui/use-resource.js';
import { inWorkspace } from '../workspace.js';

/** Names the workspace; a press opens what it has, the list of those that have tasks, and the field that leads to any other. */
export function WorkspaceSwitch({ workspace }: { workspace: string }) {
  const [typed, setTyped] = useState(workspace);
  const [isOpen, setOpen] = useState(false);
  const others = useResource(isOpen ? 'workspaces' : null, (signal) =>
    api.listWorkspaces({ limit: 200 }, { signal }),
  ).data?.items.filter(({ workspaceId }) => workspaceId !== workspace);
  const go = (event: FormEvent) => {
    event.preventDefault();
    navigate(inWorkspace('/', typed.trim() || 'default'));
  };
  return (
    <details className="workspace" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <span className="quiet">Workspace</span> {workspace}
      </summary>
      <div className="workspace-menu">
        {isOpen && <UsagePanel workspace={workspace} />}
        <AuditLink workspace={workspace} />
        <form onSubmit={go}>
          {others !== undefined && others.length > 0 && (
            <ul aria-label="Workspaces">
              {others.map(({ workspaceId }) => (
                <li key={workspaceId}>
                  <Link href={inWorkspace('/', workspaceId)}>{workspaceId}</Link>
                </li>
              ))}
            </ul>
          )}
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
      </div>
    </details>
  );
}
