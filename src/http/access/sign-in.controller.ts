import {
  Controller,
  Get,
  HttpCode,
  HttpStatus,
  Inject,
  NotFoundException,
  Post,
  Req,
  Res,
} from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { AccessLogins } from '../../access/access-logins.js';
import type { Identity } from '../../access/identity.js';
import { LoginFailedError } from '../../access/login-failed.js';
import { OidcClient } from '../../access/oidc-client.js';
import { RefusalRecord } from '../../access/refusal-record.js';
import { grantsBy } from '../../access/role-map.js';
import type { Clock } from '../../platform/clock.js';
import type { Settings } from '../../platform/settings/settings.js';
import { CLOCK, LOGGER, SETTINGS } from '../../platform/tokens.js';
import { EventStoreRefusedError, EventStoreUnavailableError } from '../../store/event-store.js';
import { whenceOf } from '../whence.js';
import { cookieOf, setCookie } from './cookies.js';
import { ATTEMPT_S, localPath, readAttempt, writeAttempt, type KeptAttempt } from './login-attempt-cookie.js';
import { NeedsNobody } from './needs.js';
import { foreignPageRefusal, ownOrigin } from './own-page.js';

/** How people log in with a browser, and out. No part of the API: programs show tokens. */
@ApiExcludeController()
@Controller('auth')
export class SignInController {
  constructor(
    @Inject(OidcClient) private readonly oidc: OidcClient,
    @Inject(AccessLogins) private readonly logins: AccessLogins,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
    @Inject(RefusalRecord) private readonly refusals: RefusalRecord,
  ) {}

  /** What the page offers to somebody who is not known. */
  @NeedsNobody()
  @Get('ways')
  ways(@Res({ passthrough: true }) response: Response): { token: boolean; login: { name: string } | null } {
    response.setHeader('Cache-Control', 'no-store');
    const { auth, oidc } = this.settings;
    return { token: auth !== 'none', login: auth === 'oidc' ? { name: oidc.name } : null };
  }

  @NeedsNobody()
  @Get('login')
  async begin(@Req() request: Request, @Res() response: Response): Promise<void> {
    this.assertOffered();
    const returnTo = localPath(request.query.return);
    try {
      const askAgain = request.query.prompt === 'login';
      const { url, attempt } = await this.oidc.begin(callbackOf(request), { askAgain });
      const kept = writeAttempt({ ...attempt, returnTo }, this.clock.now());
      response.setHeader('Set-Cookie', setCookie(request, 'slipway-login', kept, ATTEMPT_S));
      lead(response, url.href);
    } catch (error) {
      this.tell(response, returnTo, error);
    }
  }

  /** Where the provider sends the browser back to. */
  @NeedsNobody()
  @Get('callback')
  async callback(@Req() request: Request, @Res() response: Response): Promise<void> {
    this.assertOffered();
    const attempt = readAttempt(cookieOf(request, 'slipway-login'), this.clock.now());
    // However it ends: what was kept is good for one try.
    response.setHeader('Set-Cookie', setCookie(request, 'slipway-login', '', 0));
    try {
      if (attempt === null || request.query.state !== attempt.state)
        throw new LoginFailedError('login_expired', 'This is no log-in that this browser has under way.');
      const text = await this.letIn(request, attempt);
      response.appendHeader('Set-Cookie', setCookie(request, 'slipway', text, this.settings.login.maxS));
      lead(response, attempt.returnTo);
    } catch (error) {
      if (error instanceof LoginFailedError && error.code !== 'login_provider_away') {
        const { code, actor } = error;
        const { address } = whenceOf(request);
        this.refusals.note({ code, actor, address, method: 'GET', path: '/auth/callback' });
      }
      this.tell(response, attempt?.returnTo ?? '/', error);
    }
  }

  /** Ends the log-in; the answer says where to go to be logged out of the provider too. */
  @NeedsNobody()
  @Post('logout')
  @HttpCode(HttpStatus.OK)
  async logOut(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<{ location: string }> {
    this.assertOffered();
    const refusal = foreignPageRefusal(request, true);
    if (refusal !== null) throw refusal;
    const isEnded = await this.endOwn(request);
    response.setHeader('Set-Cookie', setCookie(request, 'slipway', '', 0));
    response.setHeader('Cache-Control', 'no-store');
    const there = isEnded ? await this.oidc.logOut(`${ownOrigin(request)}/`) : null;
    return { location: there?.href ?? '/' };
  }

  private async letIn(request: Request, attempt: KeptAttempt): Promise<string> {
    const url = new URL(request.originalUrl, ownOrigin(request));
    const identity = await this.oidc.finish(url, attempt);
    const grants = grantsBy(this.settings.oidc.roleMap, identity.groups);
    const { groups, ...who } = identity;
    if (grants.length === 0) {
      this.log.warn(
        { actor: who.actor, groups: groups.slice(0, 50) },
        'a log-in by somebody who is in no group of SLIPWAY_OIDC_ROLE_MAP',
      );
      throw new LoginFailedError('login_not_permitted', 'In no group that is let in.', who.actor);
    }
    return this.open(request, who, grants);
  }

  private async open(
    request: Request,
    who: Omit<Identity, 'groups'>,
    grants: ReturnType<typeof grantsBy>,
  ): Promise<string> {
    // Who comes anew leaves the log-in that they had: it is of no use to anybody any more.
    await this.endOwn(request);
    const { address } = whenceOf(request);
    const { login, text } = await this.logins.stream.open(
      { ...who, issuer: this.settings.oidc.issuer!, grants },
      { now: this.clock.now(), lastsMs: this.settings.login.maxS * 1_000, address },
    );
    this.log.info({ actor: login.actor, loginId: login.loginId, address, grants }, 'logged in');
    return text;
  }

  /** Ends the log-in that the browser has; whether it had one. */
  private async endOwn(request: Request): Promise<boolean> {
    const login = await this.logins.find(cookieOf(request, 'slipway') ?? '');
    if (login === null) return false;
    const { address } = whenceOf(request);
    await this.logins.stream.end(login.loginId, { actor: login.actor, address }, this.clock.now());
    return true;
  }

  /** Back to the page, which says what went wrong and offers to try again. */
  private tell(response: Response, returnTo: string, error: unknown): void {
    const code = codeOf(error);
    if (code === null) throw error;
    lead(response, `${returnTo}${returnTo.includes('?') ? '&' : '?'}problem=${code}`);
  }

  private assertOffered(): void {
    if (this.settings.auth !== 'oidc') throw new NotFoundException();
  }
}

function codeOf(error: unknown): string | null {
  if (error instanceof LoginFailedError) return error.code;
  const isAway = error instanceof EventStoreUnavailableError || error instanceof EventStoreRefusedError;
  return isAway ? 'event_store_unavailable' : null;
}

const callbackOf = (request: Request): string => `${ownOrigin(request)}/auth/callback`;

function lead(response: Response, location: string): void {
  response.setHeader('Cache-Control', 'no-store');
  response.status(HttpStatus.FOUND).setHeader('Location', location).end();
}
