const DEFAULT = 'default';

/** The workspace that an address names. */
export const workspaceOf = (url: URL): string => url.searchParams.get('workspace') || DEFAULT;

/** The address within the workspace. */
export const inWorkspace = (path: string, workspace: string): string =>
  workspace === DEFAULT ? path : `${path}?workspace=${encodeURIComponent(workspace)}`;
