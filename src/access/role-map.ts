import { ALL_WORKSPACES } from '../events/access/token-events.js';
import { isAtMost, type Grant } from './permissions.js';

/** Who is in the group, `*` for everybody, is that in the workspace. */
export type RoleRule = Grant & { readonly group: string };

/** What somebody is by their groups: in each workspace the greatest of the roles, where they are something in all of them first. */
export function grantsBy(rules: readonly RoleRule[], groups: readonly string[]): readonly Grant[] {
  const own = new Set([...groups, '*']);
  const greatest = new Map<string, Grant>();
  for (const { group, workspaceId, role } of rules) {
    if (!own.has(group)) continue;
    const known = greatest.get(workspaceId);
    if (known === undefined || isAtMost(known.role, role)) greatest.set(workspaceId, { workspaceId, role });
  }
  const everywhere = greatest.get(ALL_WORKSPACES);
  const others = [...greatest.values()].filter((grant) => grant !== everywhere);
  if (everywhere === undefined) return others;
  return [everywhere, ...others.filter(({ role }) => !isAtMost(role, everywhere.role))];
}
