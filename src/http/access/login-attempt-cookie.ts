import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { LoginAttempt } from '../../access/oidc-client.js';

/** So long somebody may take at the provider. */
export const ATTEMPT_S = 600;

const Word = Type.String({ pattern: '^[A-Za-z0-9_-]{20,128}$' });
const Attempt = Type.Object({
  state: Word,
  nonce: Word,
  verifier: Word,
  returnTo: Type.String({ maxLength: 1_000 }),
  at: Type.Integer({ minimum: 0 }),
});

/** A log-in that is under way, as the browser keeps it: nothing of it is known here before it has succeeded. */
export interface KeptAttempt extends LoginAttempt {
  readonly returnTo: string;
}

export const writeAttempt = (attempt: KeptAttempt, now: Date): string =>
  Buffer.from(JSON.stringify({ ...attempt, at: now.getTime() })).toString('base64url');

/** What was kept, or null for what is none or too old. */
export function readAttempt(text: string | null, now: Date): KeptAttempt | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(text ?? '', 'base64url').toString('utf8'));
    if (!Value.Check(Attempt, value)) return null;
    const age = now.getTime() - value.at;
    return age >= 0 && age <= ATTEMPT_S * 1_000 ? value : null;
  } catch {
    return null;
  }
}

/** The addresses of the page: nobody is led anywhere else. */
const PAGE = /^\/(?:new|tasks\/[0-9A-Fa-f-]{1,64})?$/;

/** Where somebody came from, if it is an address of the page; its beginning otherwise. */
export function localPath(text: unknown): string {
  if (typeof text !== 'string' || text.length > 900 || !URL.canParse(text, 'http://page.invalid')) return '/';
  const { origin, pathname, searchParams } = new URL(text, 'http://page.invalid');
  if (origin !== 'http://page.invalid' || !PAGE.test(pathname)) return '/';
  searchParams.delete('problem');
  return searchParams.size === 0 ? pathname : `${pathname}?${searchParams.toString()}`;
}
