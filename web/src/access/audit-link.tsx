import { useManages } from '../api/sign-in.js';
import { Link } from '../router.js';
import { inWorkspace } from '../workspace.js';

/** Leads to who did what, in a workspace or to a subject of it; nothing for those who may not read it. */
export function AuditLink({ workspace, subject }: { workspace: string; subject?: string }) {
  if (!useManages(workspace)) return null;
  return (
    <Link className="audit-link" href={inWorkspace('/audit', workspace, subject ? { subject } : {})}>
      Who did what
    </Link>
  );
}
