import type { LoginEvent } from '../events/access/login-events.js';
import type { Grant } from './permissions.js';
import { heldBy } from './secrets.js';

/** A person who has logged in with a browser: everything but what the browser keeps. Times are ISO 8601. */
export interface Login {
  readonly loginId: string;
  readonly hash: string;
  /** As it is stored with what they do: `user:…`. */
  readonly actor: string;
  readonly issuer: string;
  readonly subject: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly grants: readonly Grant[];
  readonly openedAt: string;
  readonly seenAt: string;
  readonly expiresAt: string;
  readonly endedAt: string | null;
}

/** All that count by their ids. */
export type Logins = ReadonlyMap<string, Login>;

/** The fold of the log-ins' stream. What was over when another one was opened is forgotten. */
export function evolveLogins(logins: Logins | null, { type, data }: LoginEvent): Logins {
  const known = logins ?? new Map<string, Login>();
  if (type === 'LoginOpened') {
    const { at, name = null, email = null, ...rest } = data;
    const login: Login = { ...rest, name, email, openedAt: at, seenAt: at, endedAt: null };
    const left = [...known].filter(([, { expiresAt, endedAt }]) => endedAt === null && expiresAt > at);
    return new Map(left).set(data.loginId, login);
  }
  const login = known.get(data.loginId);
  if (login === undefined) return known;
  return new Map(known).set(
    data.loginId,
    type === 'LoginEnded' ? { ...login, endedAt: data.at } : { ...login, seenAt: data.at },
  );
}

/** Whether it opens anything at a time. @param idleMs so long after it was last seen it is over */
export const isOpen = ({ endedAt, expiresAt, seenAt }: Login, now: Date, idleMs: number): boolean =>
  endedAt === null && Date.parse(expiresAt) > now.getTime() && Date.parse(seenAt) + idleMs > now.getTime();

/** The log-in that a text is of, or null. */
export const loginOf = (logins: Logins, text: string): Login | null => heldBy('login', logins, text);
