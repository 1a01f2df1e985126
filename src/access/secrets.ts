import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a secret begins with, by what it opens. */
type Kind = 'slw' | 'login';

const TEXT = /^([a-z]{1,10})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

const WITHIN = /\b([a-z]{1,10}_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_[A-Za-z0-9_-]{43}/g;

/** A text as it may be kept: whoever has put a secret into an address has not said it to everybody who reads the log. */
export const withoutSecrets = (text: string): string => text.replace(WITHIN, '$1_…');

/** A plain hash is enough: what it hides is 256 random bits and no word. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** A secret that nobody can guess; with an id it is what a caller shows. */
export function newSecret(kind: Kind, id: string): { readonly text: string; readonly hash: string } {
  const secret = randomBytes(32).toString('base64url');
  return { text: `${kind}_${id}_${secret}`, hash: hashOf(secret) };
}

/** Whether a text may be one at all. */
export const isSecretOf = (kind: Kind, text: string): boolean => TEXT.exec(text)?.[1] === kind;

/** What a text opens, or null. Takes as long for an id that is unknown as for a wrong secret. */
export function heldBy<T extends { readonly hash: string }>(
  kind: Kind,
  all: ReadonlyMap<string, T>,
  text: string,
): T | null {
  const [, found, id, secret] = TEXT.exec(text) ?? [];
  if (found !== kind || id === undefined || secret === undefined) return null;
  const held = all.get(id);
  const expected = Buffer.from(held?.hash ?? '0'.repeat(64), 'hex');
  return timingSafeEqual(Buffer.from(hashOf(secret), 'hex'), expected) && held ? held : null;
}
