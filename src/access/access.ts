import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { FailureCode } from '../events/failure-codes.js';
import type { Settings } from '../platform/settings/settings.js';
import { SETTINGS } from '../platform/tokens.js';
import { AccessLogins } from './access-logins.js';
import { AccessTokens } from './access-tokens.js';
import { LiveTickets } from './live-tickets.js';
import type { Login } from './logins.js';
import { TicketRows } from './ticket-rows.js';
import type { Token } from './tokens.js';
import { isSeenBy, leastRole, may, roleIn, type Action, type Caller, type Place } from './permissions.js';

type DenialCode = Extract<
  FailureCode,
  | 'not_authenticated'
  | 'not_permitted'
  | 'cross_site_request'
  | 'task_not_found'
  | 'workspace_not_found'
  | 'token_not_found'
  | 'login_not_found'
>;

/** Nobody is let in who does not say who they are, and nobody does what they may not. */
export class AccessDeniedError extends Error {
  override readonly name = 'AccessDeniedError';
  constructor(
    readonly code: DenialCode,
    message: string,
  ) {
    super(message);
  }
}

/** Whoever comes where nobody is asked. */
const ANYBODY: Caller = { actor: 'api', role: 'admin', workspaceId: '*' };
const BEARER = /^Bearer +(\S{1,200})$/i;

/** What somebody shows to be let in. */
export interface Shown {
  readonly headers: IncomingHttpHeaders;
  readonly address: string | undefined;
  /** That stands in the address of a WebSocket. */
  readonly ticket?: string | null;
  /** What a browser keeps of a log-in. */
  readonly cookie?: string | null;
}

/** Who asks, and whether they may. */
@Injectable()
export class Access {
  readonly tickets: LiveTickets;

  constructor(
    @Inject(AccessTokens) private readonly tokens: AccessTokens,
    @Inject(AccessLogins) private readonly logins: AccessLogins,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(TicketRows) rows: TicketRows,
  ) {
    this.tickets = new LiveTickets(rows);
  }

  /** Whoever shows this; what is shown first counts and nothing beside it. Throws EventStoreUnavailableError. */
  async callerOf({ headers, address, ticket, cookie }: Shown): Promise<Caller | AccessDeniedError> {
    const from = address !== undefined && { address };
    if (this.settings.auth === 'none') return { ...ANYBODY, ...from };
    if (typeof ticket === 'string') return this.holderOf(ticket, from);
    if (headers.authorization !== undefined) return this.bearerOf(headers.authorization, from);
    if (this.settings.auth === 'oidc' && typeof cookie === 'string') return this.personOf(cookie, from);
    return new AccessDeniedError(
      'not_authenticated',
      this.settings.auth === 'oidc'
        ? 'Log in at /auth/login, or send a token: Authorization: Bearer slw_….'
        : 'Send a token: Authorization: Bearer slw_….',
    );
  }

  /** Whether who was let in once still is. */
  isLetIn({ tokenId, loginId }: Caller): boolean {
    if (loginId !== undefined) return this.logins.isOpen(loginId);
    return tokenId === undefined || this.tokens.isOpen(tokenId);
  }

  /** The token or log-in that a ticket stands for, as it is now: a replica that does not know it yet looks for it. */
  private async holderOf(ticket: string, from: From): Promise<Caller | AccessDeniedError> {
    const { tokenId, loginId } = (await this.tickets.redeem(ticket)) ?? {};
    const token = tokenId === undefined ? null : await this.tokens.byId(tokenId);
    if (token !== null) return bearer(token, from);
    const login = loginId === undefined ? null : await this.logins.byId(loginId);
    if (login !== null) return person(login, from);
    return new AccessDeniedError(
      'not_authenticated',
      'The ticket is none, was used before or is too old. POST /v1/live/ticket gives another one.',
    );
  }

  private async bearerOf(header: string, from: From): Promise<Caller | AccessDeniedError> {
    const token = await this.tokens.find(BEARER.exec(header)?.[1] ?? '');
    if (token === null)
      return new AccessDeniedError('not_authenticated', 'The token is none, has expired or was revoked.');
    this.tokens.noteUse(token, from ? from.address : undefined);
    return bearer(token, from);
  }

  private async personOf(cookie: string, from: From): Promise<Caller | AccessDeniedError> {
    const login = await this.logins.find(cookie);
    if (login === null)
      return new AccessDeniedError('not_authenticated', 'The log-in is over: log in again.');
    this.logins.noteSeen(login, from ? from.address : undefined);
    return person(login, from);
  }
}

type From = false | { readonly address: string };

const bearer = ({ tokenId, role, workspaceId }: Token, from: From): Caller => ({
  actor: `token:${tokenId}`,
  role,
  workspaceId,
  tokenId,
  ...from,
});

function person({ actor, loginId, grants }: Login, from: From): Caller {
  const [first, ...further] = grants;
  return { actor, loginId, ...first!, further, ...from };
}

/** Throws AccessDeniedError unless the caller may. @param missing how what is not there for them is told */
export function assertMay(
  caller: Caller,
  action: Action,
  place: Place | null,
  missing: { readonly code: DenialCode; readonly message: string },
): void {
  if (place !== null && !isSeenBy(caller, place.workspaceId))
    throw new AccessDeniedError(missing.code, missing.message);
  if (may(caller, action, place)) return;
  throw new AccessDeniedError('not_permitted', whatItTakes(caller, action, place));
}

function whatItTakes(caller: Caller, action: Action, place: Place | null): string {
  const role = place === null ? caller.role : roleIn(caller, place.workspaceId);
  if (action === 'operate') return 'This takes the role admin in all workspaces.';
  if (action === 'finish' && role === 'member')
    return 'A member may do this to tasks of their own; to those of others a maintainer.';
  return `This takes the role ${leastRole(action)}; yours is ${role ?? 'none'}.`;
}
