import { describe, expect, it } from '@jest/globals';
import { readSettings } from '../platform/settings/settings.js';
import { identityOf } from './identity.js';
import { may, type Caller } from './permissions.js';
import { grantsBy } from './role-map.js';

const rules = (map: string) => readSettings({ SLIPWAY_OIDC_ROLE_MAP: map }).oidc.roleMap;

describe('what somebody is by their groups', () => {
  it.each([
    ['dev=member@acme', ['dev'], ['member@acme']],
    ['dev=member@acme', ['ops'], []],
    ['dev=member@acme', [], []],
    [
      'dev=viewer@acme,lead=maintainer@acme,lead=viewer@labs',
      ['lead', 'dev'],
      ['maintainer@acme', 'viewer@labs'],
    ],
    ['lead=maintainer@acme,dev=viewer@acme', ['lead', 'dev'], ['maintainer@acme']],
    ['*=viewer@default', ['whatever'], ['viewer@default']],
    ['*=viewer@default', [], ['viewer@default']],
    ['dev=admin@acme,ops=viewer@*', ['dev', 'ops'], ['viewer@*', 'admin@acme']],
    ['dev=viewer@acme,ops=admin@*', ['dev', 'ops'], ['admin@*']],
    ['cn=admins%2Cou=people%2Cdc=acme=admin@acme', ['cn=admins,ou=people,dc=acme'], ['admin@acme']],
    ['devs@acme.example=member@acme', ['devs@acme.example'], ['member@acme']],
    ['dev=member@acme', ['DEV', 'dev ', 'de'], []],
  ])('%s, in %j: %j', (map, groups, expected) =>
    expect(grantsBy(rules(map), groups).map(({ role, workspaceId }) => `${role}@${workspaceId}`)).toEqual(
      expected,
    ),
  );

  it.each([
    'dev=owner@acme',
    'dev=member',
    'member@acme',
    '=member@acme',
    'dev=member@a b',
    'dev=member@acme,dev=member@acme',
  ])('%s is no map', (map) => expect(() => rules(map)).toThrow('SLIPWAY_OIDC_ROLE_MAP'));

  it('counts in each workspace for itself', () => {
    const caller: Caller = {
      actor: 'user:jane',
      role: 'viewer',
      workspaceId: '*',
      further: [{ workspaceId: 'acme', role: 'maintainer' }],
    };
    const at = (workspaceId: string) => ({ workspaceId, actor: 'else' });
    expect(may(caller, 'manage', at('acme'))).toBe(true);
    expect(may(caller, 'manage', at('labs'))).toBe(false);
    expect(may(caller, 'read', at('labs'))).toBe(true);
    expect(may(caller, 'operate', null)).toBe(false);
    const two: Caller = { ...caller, workspaceId: 'labs' };
    expect(may(two, 'read', at('other'))).toBe(false);
    expect(may(two, 'work', at('labs'))).toBe(false);
    // Who is an admin of one workspace concerns no other.
    expect(may({ ...two, further: [{ workspaceId: 'acme', role: 'admin' }] }, 'operate', null)).toBe(false);
  });
});

describe('who somebody is, as the provider tells it', () => {
  const sub = { groupsClaim: 'groups', userClaim: 'sub' } as const;
  const email = { groupsClaim: 'groups', userClaim: 'email' } as const;

  it('is their subject unless another claim is wanted', () => {
    expect(identityOf({ sub: 'u-1', email: 'a@b.example', email_verified: true }, sub)).toMatchObject({
      actor: 'user:u-1',
      email: 'a@b.example',
    });
    expect(identityOf({ sub: 'u-1', email: 'A@b.example', email_verified: true }, email)).toMatchObject({
      actor: 'user:a@b.example',
    });
  });

  it.each([
    ['no subject', {}, sub],
    ['a subject that is none', { sub: 7 }, sub],
    ['an address that nobody has verified', { sub: 'u', email: 'a@b.example' }, email],
    [
      'an address that is verified in words',
      { sub: 'u', email: 'a@b.example', email_verified: 'true' },
      email,
    ],
    ['line breaks', { sub: 'u\nuser:root' }, sub],
    ['nothing to see', { sub: ' ' }, sub],
    ['too much', { sub: 'u'.repeat(201) }, sub],
  ])('is nobody with %s', (_, claims, wanted) => expect(typeof identityOf(claims, wanted)).toBe('string'));

  it.each([
    ['groups', { groups: ['a', 7, null, '*', ['b']] }, ['a']],
    ['groups', { groups: 'a' }, ['a']],
    ['groups', {}, []],
    ['realm_access.roles', { realm_access: { roles: ['a'] } }, ['a']],
    ['https://acme.example/groups', { 'https://acme.example/groups': ['a'] }, ['a']],
    ['constructor.name', {}, []],
    ['groups', { groups: { a: true } }, []],
  ])('has the groups of %s: %j', (groupsClaim, claims, groups) =>
    expect(identityOf({ sub: 'u', ...claims }, { groupsClaim, userClaim: 'sub' })).toMatchObject({ groups }),
  );
});
