import { isLoopbackHost } from '../loopback-host.js';
import { whole, WORKSPACE_ID } from '../text-rules.js';
import { listOf, oneOf, secretText, text, wholeNumber } from './setting-kinds.js';
import { optional, setting } from './setting.js';

const DAY_S = 86_400;
const RULE = `([^=\\s]|[^=\\s].*\\S)=(viewer|member|maintainer|admin)@(${WORKSPACE_ID}|\\*)`;
const PARTS = new RegExp(`^(.+)=([a-z]+)@([^=@]+)$`);

/** Who is in the group has the role in the workspace. */
export interface RoleRule {
  /** `*`: everybody who can log in. */
  readonly group: string;
  readonly role: 'viewer' | 'member' | 'maintainer' | 'admin';
  /** `*`: all of them. */
  readonly workspaceId: string;
}

/** People log in at a provider of OpenID Connect. */
export const OIDC_SETTINGS = {
  issuer: optional(
    'SLIPWAY_OIDC_ISSUER',
    text('the https address of a provider, e.g. https://login.example.com/realms/acme', 500, {
      pattern: '^https?:\\/\\/[^\\s?#@]+$',
    }),
    'the provider at which people log in with `SLIPWAY_AUTH=oidc`, as it calls itself: `https://login.example.com/realms/acme`',
    'unset',
  ),
  clientId: optional(
    'SLIPWAY_OIDC_CLIENT_ID',
    text('the id of a client', 255, { pattern: '^[\\x21-\\x7e]+$' }),
    'the client that the provider knows Slipway as. Its redirect address is `<address of the service>/auth/callback`, where it comes to after a log-out `<address of the service>/`',
    'unset',
  ),
  clientSecret: optional(
    'SLIPWAY_OIDC_CLIENT_SECRET',
    secretText('the secret of the client', { pattern: '^[\\x20-\\x7e]+$' }),
    "the client's secret",
    'unset: a client without one',
  ),
  clientAuth: setting(
    'SLIPWAY_OIDC_CLIENT_AUTH',
    oneOf('basic', 'post'),
    'basic',
    'how the secret is shown: `client_secret_basic` or `client_secret_post`',
  ),
  scopes: setting(
    'SLIPWAY_OIDC_SCOPES',
    text('scopes with openid among them, e.g. openid profile email groups', 500, {
      pattern: '^(?=(.* )?openid( |$))[\\x21\\x23-\\x5b\\x5d-\\x7e ]+$',
    }),
    'openid profile email',
    'what the provider is asked for; many tell groups only for a scope of their own',
  ),
  groupsClaim: setting(
    'SLIPWAY_OIDC_GROUPS_CLAIM',
    text('the name of a claim', 100),
    'groups',
    'where the provider tells the groups, such as `realm_access.roles`',
  ),
  userClaim: setting(
    'SLIPWAY_OIDC_USER_CLAIM',
    oneOf('sub', 'email', 'preferred_username'),
    'sub',
    'what a person is called in the events (`user:…`) and by what their own tasks are known again. `sub` never changes; an `email` counts only if the provider has verified it',
  ),
  roleMap: setting(
    'SLIPWAY_OIDC_ROLE_MAP',
    listOf(
      text('one', 700, { pattern: whole(RULE) }),
      'groups and what they may do, as in acme-devs=member@acme,ops=admin@*',
    ),
    [],
    'what groups may do: `group=role@workspace`, with `*` for all workspaces, or for everybody who can log in; a comma list, other commas are written `%2C`. Who is in none of the groups is not let in',
    { shown: 'unset' },
  ).as((rules): readonly RoleRule[] =>
    rules.map((rule) => {
      const [, group, role, workspaceId] = PARTS.exec(rule)!;
      return {
        group: group!.replaceAll(/%2C/gi, ','),
        role: role as RoleRule['role'],
        workspaceId: workspaceId!,
      };
    }),
  ),
  name: setting(
    'SLIPWAY_OIDC_NAME',
    text('what the provider is called', 60, { pattern: '^[^\\x00-\\x1f\\x7f-\\x9f]+$' }),
    'single sign-on',
    'what the page calls the provider',
  ),
};

/** How long people who have logged in are known. */
export const LOGIN_SETTINGS = {
  idleS: setting(
    'SLIPWAY_LOGIN_IDLE_S',
    wholeNumber(1, 30 * DAY_S, 'seconds'),
    28_800,
    'who has logged in and asks for nothing for so long is out; an open page that only listens counts as nothing',
  ),
  maxS: setting(
    'SLIPWAY_LOGIN_MAX_S',
    wholeNumber(1, 30 * DAY_S, 'seconds'),
    DAY_S,
    'after so long a log-in is over; what somebody may do changes with the next one',
  ),
};

/** What is wrong with them together: one line each. */
export function problemsOfOidc({
  auth,
  oidc,
}: {
  readonly auth: string;
  readonly oidc: {
    readonly issuer?: string;
    readonly clientId?: string;
    readonly roleMap: readonly RoleRule[];
  };
}): string[] {
  if (auth !== 'oidc') return [];
  const missing = [
    ...(oidc.issuer === undefined ? ['SLIPWAY_OIDC_ISSUER'] : []),
    ...(oidc.clientId === undefined ? ['SLIPWAY_OIDC_CLIENT_ID'] : []),
    ...(oidc.roleMap.length === 0 ? ['SLIPWAY_OIDC_ROLE_MAP'] : []),
  ];
  if (missing.length > 0)
    return [
      `SLIPWAY_AUTH=oidc takes a provider, a client and who may do what: set ${missing.join(', ')}, or SLIPWAY_AUTH=tokens`,
    ];
  if (!URL.canParse(oidc.issuer!)) return ['SLIPWAY_OIDC_ISSUER must be an address'];
  const { protocol, hostname } = new URL(oidc.issuer!);
  if (protocol === 'https:' || isLoopbackHost(hostname)) return [];
  return [
    'SLIPWAY_OIDC_ISSUER must begin with https:// unless the provider is on this machine: what it tells could be changed on the way',
  ];
}
