import type { IncomingMessage } from 'node:http';
import { AccessDeniedError } from '../../access/access.js';
import { whenceOf } from '../whence.js';

/**
 * A browser sends a cookie along whoever asks, also for a page of another port or of a neighbour in the domain, which it
 * takes for the same site. So what comes with one has to come from a page of ours: the very same origin. What changes
 * something, or stays open, has to say so.
 */
export function foreignPageRefusal(request: IncomingMessage, isWrite: boolean): AccessDeniedError | null {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isOwnOrigin = origin === undefined || origin.toLowerCase() === ownOrigin(request);
  const isOwnSite = site === undefined || site === 'same-origin' || site === 'none';
  // Who follows a link to an answer sees it themselves.
  const isFollowed = !isWrite && request.headers['sec-fetch-mode'] === 'navigate';
  const isSaid = origin !== undefined || site !== undefined;
  if (isOwnOrigin && (isOwnSite || isFollowed) && (isSaid || !isWrite)) return null;
  return new AccessDeniedError(
    'cross_site_request',
    "With the cookie of a log-in only this service's own page may ask; programs and pages of other sites show a token.",
  );
}

/** As a browser writes it. */
export function ownOrigin(request: IncomingMessage): string {
  const { protocol, host } = whenceOf(request);
  return new URL(`${protocol}://${host}`).origin;
}
