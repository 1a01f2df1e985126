import { describe, expect, it } from '@jest/globals';
import { ROLES_OF_CALLERS, type Role } from '../events/access/token-events.js';
import { isAtMost, may, type Action, type Caller } from './permissions.js';

const caller = (role: Role, workspaceId = 'acme'): Caller => ({ actor: `token:${role}`, role, workspaceId });
const others = { workspaceId: 'acme', actor: 'token:else' };

/** As docs/access.md has it. */
const TABLE: Record<Action, Role[]> = {
  read: ['viewer', 'member', 'maintainer', 'admin'],
  work: ['member', 'maintainer', 'admin'],
  finish: ['maintainer', 'admin'],
  manage: ['maintainer', 'admin'],
  erase: ['admin'],
  operate: [],
};

describe.each(Object.entries(TABLE) as [Action, Role[]][])('%s', (action, roles) => {
  it.each(ROLES_OF_CALLERS)('by a %s', (role) => {
    expect(may(caller(role), action, others)).toBe(roles.includes(role));
    expect(may(caller(role, 'other'), action, others)).toBe(false);
    expect(may(caller(role, '*'), action, others)).toBe(
      roles.includes(role) || (action === 'operate' && role === 'admin'),
    );
  });
});

it('lets a member finish a task of their own, and of nobody who is unknown', () => {
  expect(may(caller('member'), 'finish', { workspaceId: 'acme', actor: 'token:member' })).toBe(true);
  expect(may(caller('member'), 'finish', { workspaceId: 'acme', actor: null })).toBe(false);
  expect(may(caller('member'), 'finish', null)).toBe(false);
  expect(may(caller('viewer'), 'finish', { workspaceId: 'acme', actor: 'token:viewer' })).toBe(false);
});

it('nobody gives away more than they have', () => {
  expect(isAtMost('maintainer', 'admin')).toBe(true);
  expect(isAtMost('admin', 'maintainer')).toBe(false);
});
