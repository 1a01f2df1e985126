import { ALL_WORKSPACES, ROLES_OF_CALLERS, type Role } from '../events/access/token-events.js';

/**
 * What can be done:
 * - `read`: look at tasks, transcripts, changes, projects
 * - `work`: create tasks, prompt, answer, retry, resume
 * - `finish`: push, archive, kill, give kept work up
 * - `manage`: credentials, tokens and webhooks of the workspace, settings of its projects
 * - `erase`: make what was said in a killed task unreadable
 * - `operate`: what concerns all workspaces at once, such as metrics
 */
export type Action = 'read' | 'work' | 'finish' | 'manage' | 'erase' | 'operate';

/** What somebody is in a workspace, or in all of them (`*`). */
export interface Grant {
  readonly workspaceId: string;
  readonly role: Role;
}

/** Who asks. */
export interface Caller extends Grant {
  /** As it is stored with what they do: `api` where nobody is asked, `token:<id>`, `user:…`. */
  readonly actor: string;
  readonly role: Role;
  /** The workspace they are let into, or `*`; of several the one they mean when they name none. */
  readonly workspaceId: string;
  /** What they are in further workspaces. */
  readonly further?: readonly Grant[];
  readonly tokenId?: string;
  /** Of a person who came with a browser. */
  readonly loginId?: string;
  /** From where, as far as it is known. */
  readonly address?: string;
}

/** Where something is, and who began it. */
export interface Place {
  readonly workspaceId: string;
  readonly actor: string | null;
}

type Allowed = 'yes' | 'own' | 'no';

/** `own`: only of tasks that the caller created. */
const GRANTS: Readonly<Record<Action, Readonly<Record<Role, Allowed>>>> = {
  read: { viewer: 'yes', member: 'yes', maintainer: 'yes', admin: 'yes' },
  work: { viewer: 'no', member: 'yes', maintainer: 'yes', admin: 'yes' },
  finish: { viewer: 'no', member: 'own', maintainer: 'yes', admin: 'yes' },
  manage: { viewer: 'no', member: 'no', maintainer: 'yes', admin: 'yes' },
  erase: { viewer: 'no', member: 'no', maintainer: 'no', admin: 'yes' },
  operate: { viewer: 'no', member: 'no', maintainer: 'no', admin: 'yes' },
};

type Granted = Pick<Caller, 'role' | 'workspaceId' | 'further'>;

/** Everything that a caller is, and where. */
export const grantsOf = ({ role, workspaceId, further = [] }: Granted): readonly Grant[] => [
  { role, workspaceId },
  ...further,
];

const greatest = (grants: readonly Grant[]): Role | null =>
  grants.reduce<Role | null>((most, { role }) => (most !== null && isAtMost(role, most) ? most : role), null);

/** What the caller is in a workspace, or for `*` in all of them alike; null: nothing. */
export const roleIn = (caller: Granted, workspaceId: string): Role | null =>
  greatest(grantsOf(caller).filter((grant) => [workspaceId, ALL_WORKSPACES].includes(grant.workspaceId)));

export const seesAll = (caller: Granted): boolean => roleIn(caller, ALL_WORKSPACES) !== null;

/** Whether what is there is there for the caller: another workspace's things are as if they were not. */
export const isSeenBy = (caller: Granted, workspaceId: string): boolean =>
  roleIn(caller, workspaceId) !== null;

/** Whether the caller may do it. @param place where; null for what is of no workspace */
export function may(caller: Caller, action: Action, place: Place | null): boolean {
  const role = roleFor(caller, action, place);
  const grant = role === null ? 'no' : GRANTS[action][role];
  return grant === 'yes' || (grant === 'own' && place?.actor === caller.actor);
}

/** What concerns all workspaces takes somebody of all of them; of what is of none, the most that they are anywhere counts. */
function roleFor(caller: Granted, action: Action, place: Place | null): Role | null {
  if (action === 'operate') return roleIn(caller, ALL_WORKSPACES);
  return place === null ? greatest(grantsOf(caller)) : roleIn(caller, place.workspaceId);
}

/** Whether the caller may do it whatever workspace it is in. */
export const mayEverywhere = (caller: Caller, action: Action): boolean =>
  may(caller, action, { workspaceId: ALL_WORKSPACES, actor: null });

/** The least of the roles that may. */
export const leastRole = (action: Action): Role =>
  ROLES_OF_CALLERS.find((role) => GRANTS[action][role] === 'yes')!;

/** Whether the one role is at most the other: nobody gives away more than they have. */
export const isAtMost = (role: Role, of: Role): boolean =>
  ROLES_OF_CALLERS.indexOf(role) <= ROLES_OF_CALLERS.indexOf(of);
