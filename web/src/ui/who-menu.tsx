import { useState } from 'react';
import { reasonOf } from '../api/api.js';
import { signOut, useCaller } from '../api/sign-in.js';
import { Link } from '../router.js';
import { inWorkspace } from '../workspace.js';

/** Says who one is and what one may do where, and lets one out. */
export function WhoMenu() {
  const caller = useCaller();
  const [problem, setProblem] = useState<string>();
  if (caller === undefined) return null;
  const { name, email, actor, workspaces } = caller;
  return (
    <details className="who">
      <summary aria-label={`Signed in as ${name ?? email ?? actor}`}>{name ?? email ?? actor}</summary>
      <div className="who-menu">
        <p className="quiet">{email ?? actor}</p>
        <ul>
          {workspaces.map(({ workspaceId, role }) => (
            <li key={workspaceId}>
              {workspaceId === '*' ? (
                'All workspaces'
              ) : (
                <Link href={inWorkspace('/', workspaceId)}>{workspaceId}</Link>
              )}
              : {role}
            </li>
          ))}
        </ul>
        {problem !== undefined && <p role="alert">{problem}</p>}
        <button
          type="button"
          className="button"
          onClick={() => void signOut().catch((error: unknown) => setProblem(reasonOf(error)))}
        >
          Sign out
        </button>
      </div>
    </details>
  );
}
