import type { IncomingMessage } from 'node:http';
import { whenceOf } from '../whence.js';

/** What a browser keeps for us. */
export type CookieName = 'slipway' | 'slipway-login';

const LONGEST = 4_096;

/**
 * The cookie's whole name. Behind TLS it has the prefix that has a browser take it from this very host alone, over TLS
 * alone: neither a neighbour of the domain nor somebody on the way can plant one.
 */
const nameOf = (request: IncomingMessage, name: CookieName): string =>
  whenceOf(request).protocol === 'https' ? `__Host-${name}` : name;

/** What the browser has kept, or null. Of two with the same name one was planted: then there is none. */
export function cookieOf(request: IncomingMessage, name: CookieName): string | null {
  const wanted = nameOf(request, name);
  const values = (request.headers.cookie ?? '')
    .split(';')
    .map(
      (pair) => [pair.slice(0, pair.indexOf('=')).trim(), pair.slice(pair.indexOf('=') + 1).trim()] as const,
    )
    .filter(([found]) => found === wanted)
    .map(([, value]) => value);
  const [value, ...others] = values;
  return value === undefined || others.length > 0 || value === '' || value.length > LONGEST ? null : value;
}

/** The header that has a browser keep something, or with no seconds forget it. @param value letters, digits, "-", "_" and "." */
export function setCookie(
  request: IncomingMessage,
  name: CookieName,
  value: string,
  seconds: number,
): string {
  const secure = whenceOf(request).protocol === 'https' ? '; Secure' : '';
  return `${nameOf(request, name)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}
