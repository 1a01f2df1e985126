import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import type * as Oidc from 'openid-client';
import { LOGGER, SETTINGS } from '../platform/tokens.js';
import type { Settings } from '../platform/settings/settings.js';
import { groupsIn, identityOf, type Identity } from './identity.js';
import { LoginFailedError } from './login-failed.js';

const TIMEOUT_S = 10;
/** A clock that is so far from the provider's is no reason to refuse anybody. */
const CLOCK_TOLERANCE_S = 60;
/** What a provider says of itself is read anew after so long. */
const DISCOVERED_FOR_MS = 3_600_000;
/** Before somebody is sent there, it has to have answered lately: one who comes back need not find out. */
const HEARD_LATELY_MS = 10_000;
const MOST_CAUSES = 5;

/** What has to be the same when the browser comes back from the provider. */
export interface LoginAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** The provider at which people log in: code flow with PKCE, state and nonce; the signature of what it says is checked. */
@Injectable()
export class OidcClient {
  private discovered?: { readonly configuration: Promise<Oidc.Configuration>; readonly at: number };

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Where a browser is to go. Throws LoginFailedError. */
  async begin(
    redirectUri: string,
    { askAgain }: { readonly askAgain: boolean },
  ): Promise<{ readonly url: URL; readonly attempt: LoginAttempt }> {
    const oidc = await load();
    const configuration = await this.configuration(HEARD_LATELY_MS);
    const attempt = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier: oidc.randomPKCECodeVerifier(),
    };
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: this.settings.oidc.scopes,
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
      ...(askAgain && { prompt: 'login' }),
    });
    return { url, attempt };
  }

  /** Who has come back. @param url where the browser came back to. Throws LoginFailedError. */
  async finish(url: URL, { state, nonce, verifier }: LoginAttempt): Promise<Identity> {
    const { groupsClaim, userClaim } = this.settings.oidc;
    const oidc = await load();
    const configuration = await this.configuration();
    try {
      const tokens = await oidc.authorizationCodeGrant(configuration, url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const told = { ...tokens.claims()! };
      const isWhole = groupsIn(told, groupsClaim) !== undefined && told[userClaim] !== undefined;
      const hasMore = configuration.serverMetadata().userinfo_endpoint !== undefined;
      const claims =
        isWhole || !hasMore
          ? told
          : { ...(await oidc.fetchUserInfo(configuration, tokens.access_token, told.sub)), ...told };
      const identity = identityOf(claims, { groupsClaim, userClaim });
      if (typeof identity === 'string') throw new LoginFailedError('login_refused', identity);
      return identity;
    } catch (error) {
      throw this.explained(error);
    }
  }

  /** Where a browser is to go to be logged out of the provider as well; null where it offers that nowhere, or is away. */
  async logOut(returnTo: string): Promise<URL | null> {
    try {
      const oidc = await load();
      const configuration = await this.configuration();
      if (configuration.serverMetadata().end_session_endpoint === undefined) return null;
      return oidc.buildEndSessionUrl(configuration, { post_logout_redirect_uri: returnTo });
    } catch (error) {
      if (error instanceof LoginFailedError) return null;
      throw error;
    }
  }

  private configuration(noOlderMs = DISCOVERED_FOR_MS): Promise<Oidc.Configuration> {
    if (this.discovered !== undefined && performance.now() - this.discovered.at < noOlderMs)
      return this.discovered.configuration;
    const configuration = this.discover();
    const discovered = { configuration, at: performance.now() };
    this.discovered = discovered;
    // What went wrong is not kept: the next one asks again.
    configuration.catch(() => {
      if (this.discovered === discovered) this.discovered = undefined;
    });
    return configuration;
  }

  private async discover(): Promise<Oidc.Configuration> {
    const { issuer, clientId, clientSecret, clientAuth } = this.settings.oidc;
    const oidc = await load();
    const server = new URL(issuer!);
    const shown = clientAuth === 'post' ? oidc.ClientSecretPost : oidc.ClientSecretBasic;
    try {
      return await oidc.discovery(
        server,
        clientId!,
        { [oidc.clockTolerance]: CLOCK_TOLERANCE_S },
        clientSecret === undefined ? oidc.None() : shown(clientSecret),
        {
          timeout: TIMEOUT_S,
          execute: [
            oidc.enableNonRepudiationChecks,
            // The settings allow that for a provider on this machine alone.
            ...(server.protocol === 'http:' ? [oidc.allowInsecureRequests] : []),
          ],
        },
      );
    } catch (error) {
      throw this.explained(error);
    }
  }

  /** As a word for the page; the log has the provider's own. */
  private explained(error: unknown): LoginFailedError {
    if (error instanceof LoginFailedError) {
      // The provider's being away was told where it was found.
      if (error.code === 'login_refused') this.log.warn({ why: error.message }, 'a log-in was refused');
      return error;
    }
    const isAway = isAwayError(error);
    this.log.warn(
      wordsOf(error),
      isAway ? 'the provider of log-ins does not answer' : 'a log-in was refused',
    );
    return isAway
      ? new LoginFailedError('login_provider_away', 'The provider does not answer.')
      : new LoginFailedError('login_refused', 'What the provider said does not let anybody in.');
  }
}

/** Loaded when somebody logs in: a service that asks nobody does without. */
const load = (): Promise<typeof Oidc> => import('openid-client');

interface ProviderError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly error?: unknown;
  readonly error_description?: unknown;
  readonly status?: unknown;
  readonly cause?: unknown;
}

/** Whether nobody answered, or somebody who cannot just now: an error, or what led to it, says so. */
function isAwayError(error: unknown): boolean {
  let found = error;
  for (let depth = 0; depth < MOST_CAUSES && typeof found === 'object' && found !== null; depth++) {
    const { name, message, code, status, cause } = found as ProviderError;
    if (typeof status === 'number') return status >= 500 || status === 429;
    if (name === 'TimeoutError' || name === 'AbortError' || code === 'OAUTH_TIMEOUT') return true;
    if (name === 'TypeError' && message === 'fetch failed') return true;
    found = cause;
  }
  return false;
}

/** What may stand in a log: never an answer, which can hold tokens. */
function wordsOf(error: unknown): Record<string, unknown> {
  const {
    name,
    code,
    message,
    error: word,
    error_description: description,
    cause,
  } = (error ?? {}) as ProviderError;
  const short = (value: unknown) => (typeof value === 'string' ? value.slice(0, 300) : undefined);
  const why = cause instanceof Error ? short(cause.message) : undefined;
  return {
    name: short(name),
    code: short(code),
    message: short(message),
    error: short(word),
    description: short(description),
    cause: why,
  };
}
