const DEFAULT = 'default';

/** The workspace that an address names. */
export const workspaceOf = (url: URL): string => url.searchParams.get('workspace') || DEFAULT;

/** The address within the workspace. */
export function inWorkspace(
  path: string,
  workspace: string,
  query: Readonly<Record<string, string>> = {},
): string {
  const search = new URLSearchParams(workspace === DEFAULT ? query : { workspace, ...query }).toString();
  return search === '' ? path : `${path}?${search}`;
}

/** How the list was last looked at, with what narrowed it. */
let lastList = '/';
export const rememberList = (address: string): void => {
  lastList = address;
};

/** The way back to a workspace's list, as it was last looked at. */
export function listAddress(workspace: string): string {
  const isSame = workspaceOf(new URL(lastList, 'http://page')) === workspace;
  return isSame ? lastList : inWorkspace('/', workspace);
}
