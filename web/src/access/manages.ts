import type { Caller } from '@slipway/client';

/** Whether somebody may read who did what in the workspace: the service's own rule (src/access/permissions.ts), which a test compares. */
export const managesIn = ({ workspaces }: Pick<Caller, 'workspaces'>, workspaceId: string): boolean =>
  workspaces.some(
    (grant) => [workspaceId, '*'].includes(grant.workspaceId) && ['maintainer', 'admin'].includes(grant.role),
  );
