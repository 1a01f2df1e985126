import type { NextFunction, Request, Response } from 'express';
import type { IncomingMessage } from 'node:http';
import type { Settings } from '../platform/settings/settings.js';
import type { FailureCode } from '../events/failure-codes.js';
import { isLoopbackHost } from '../platform/loopback-host.js';
import { peerOf, whenceOf, TrustedProxies } from './whence.js';

/** Why a request or an upgrade is not let in. */
export class DoorRefusedError extends Error {
  override readonly name = 'DoorRefusedError';
  constructor(
    readonly code: Extract<FailureCode, 'misdirected_request' | 'cross_site_request' | 'not_from_proxy'>,
    message: string,
  ) {
    super(message);
  }
}

type DoorSettings = Pick<Settings, 'host' | 'hosts' | 'corsOrigins' | 'trustProxy' | 'auth'>;

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Asked by whatever watches over a replica, from wherever it runs; it says nothing about tasks. */
const HEALTH = /^\/health\/(live|ready)$/;

/**
 * Who is let in, before anything is read of a request: its Host has to be a name of ours (a page whose name was
 * made to lead here, DNS rebinding, is thus refused), a write or an upgrade that a browser sends has to come from a
 * page of ours, and where a proxy authenticates, everything has to come from that proxy.
 */
export class Door {
  /** Those who alone are let in, where that is so. */
  private readonly proxies?: TrustedProxies;

  constructor(private readonly settings: DoorSettings) {
    const isOpen = settings.auth !== 'none' && settings.trustProxy.length === 0;
    if (!isLoopbackHost(settings.host) && !isOpen) this.proxies = new TrustedProxies(settings.trustProxy);
  }

  /** As middleware: refuses with DoorRefusedError. */
  readonly middleware = (request: Request, _: Response, next: NextFunction): void => {
    next(this.refusal(request, !READS.has(request.method)) ?? undefined);
  };

  /** What is wrong with a request, or null. An upgrade counts as a write: what is sent on it cannot be told apart. */
  refusal(request: IncomingMessage, isWrite: boolean): DoorRefusedError | null {
    return (
      this.peerRefusal(request) ?? this.hostRefusal(request) ?? (isWrite ? this.siteRefusal(request) : null)
    );
  }

  private peerRefusal(request: IncomingMessage): DoorRefusedError | null {
    if (this.proxies === undefined || HEALTH.test(request.url ?? '')) return null;
    const peer = peerOf(request);
    if (this.proxies.isProxy(peer) || isLoopbackHost(peer ?? '')) return null;
    return new DoorRefusedError('not_from_proxy', 'Only the proxies of SLIPWAY_TRUST_PROXY may ask here.');
  }

  /** What a proxy says that it was asked for has to be ours as well: it may have passed on whatever it got. */
  private hostRefusal(request: IncomingMessage): DoorRefusedError | null {
    const hosts = [request.headers.host ?? '', whenceOf(request).host];
    const foreign = hosts.find((text) => {
      const host = parsedHost(text);
      return host === null || !this.isOurs(host);
    });
    if (foreign === undefined) return null;
    if (this.proxies !== undefined && HEALTH.test(request.url ?? '')) return null;
    const shown = JSON.stringify(foreign.slice(0, 200));
    return new DoorRefusedError(
      'misdirected_request',
      `${shown} is no host of this service. Use an address of its own, or name this host in SLIPWAY_HOSTS.`,
    );
  }

  private siteRefusal(request: IncomingMessage): DoorRefusedError | null {
    const { headers } = request;
    const { origin } = headers;
    const site = headers['sec-fetch-site'];
    if (origin !== undefined && this.isNamed(origin)) return null;
    const isOwnSite = site === undefined || site === 'same-origin' || site === 'none';
    if (isOwnSite && (origin === undefined || isOriginOf(origin, whenceOf(request).host))) return null;
    return new DoorRefusedError(
      'cross_site_request',
      'A page of another site may not ask for this. Its origin would have to be named in SLIPWAY_CORS_ORIGINS.',
    );
  }

  /** A loopback name reaches this machine only, so nobody else's page has it; others are ours when they are named. */
  private isOurs({ hostname, host }: URL): boolean {
    const { host: listener, hosts } = this.settings;
    if (isLoopbackHost(hostname) || hosts.includes(hostname) || hosts.includes(host)) return true;
    return hostname === parsedHost(listener.includes(':') ? `[${listener}]` : listener)?.hostname;
  }

  private isNamed(origin: string): boolean {
    const { corsOrigins, hosts } = this.settings;
    return corsOrigins.includes(origin) || (URL.canParse(origin) && hosts.includes(new URL(origin).host));
  }
}

const isOriginOf = (origin: string, host: string | undefined): boolean =>
  URL.canParse(origin) &&
  new URL(origin).host !== '' &&
  new URL(origin).host === parsedHost(host ?? '')?.host;

/** A Host header as a URL parser understands it, or null when it is more or less than a host and a port. */
function parsedHost(text: string): URL | null {
  if (!/^[A-Za-z0-9._:[\]-]+$/.test(text) || !URL.canParse(`http://${text}/`)) return null;
  return new URL(`http://${text}/`);
}
