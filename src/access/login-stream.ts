import { randomUUID } from 'node:crypto';
import { loginCodec, LOGINS_STREAM, type LoginEvent } from '../events/access/login-events.js';
import { limitStream } from '../store/bounded-stream.js';
import type { EventStore } from '../store/event-store.js';
import { AccessStream } from './access-stream.js';
import type { AccessAuthor } from './caused-by.js';
import { evolveLogins, type Login, type Logins } from './logins.js';
import { newSecret } from './secrets.js';

/** What is older than the longest log-in says of nobody any more that they are let in; a month of it is kept for those who ask who came. */
const LIMITS = { $maxAge: 60 * 86_400, $maxCount: 1_000_000 };

/** Who has come, as their provider tells it, and what they may do. */
export type LoginWish = Pick<Login, 'actor' | 'issuer' | 'subject' | 'name' | 'email' | 'grants'>;

/** The log-ins' stream. */
export class LoginStream extends AccessStream<Logins, LoginEvent> {
  protected readonly nothing: Logins = new Map();

  constructor(private readonly log: EventStore) {
    super(log, {
      codec: loginCodec,
      evolve: evolveLogins,
      streamOf: () => LOGINS_STREAM,
      // A person comes to all the workspaces that let them in.
      workspaceOf: () => undefined,
      sizeOf: (logins) => logins.size * 1_000,
    });
  }

  /** Lets a person in. The text is what their browser keeps; it is nowhere else. */
  async open(
    { name, email, ...wish }: LoginWish,
    { now, lastsMs, address }: { readonly now: Date; readonly lastsMs: number; readonly address?: string },
  ): Promise<{ readonly login: Login; readonly text: string }> {
    await limitStream(this.log, LOGINS_STREAM, LIMITS);
    const loginId = randomUUID();
    const { text, hash } = newSecret('login', loginId);
    const data = {
      ...wish,
      loginId,
      hash,
      grants: [...wish.grants],
      ...(name !== null && { name }),
      ...(email !== null && { email }),
      expiresAt: new Date(now.getTime() + lastsMs).toISOString(),
      at: now.toISOString(),
    };
    const author = { actor: wish.actor, address };
    const logins = await this.change(() => ({ type: 'LoginOpened', data }), author);
    return { login: logins.get(loginId)!, text };
  }

  /** Puts a person out; harmless when they are. */
  async end(loginId: string, author: AccessAuthor, now: Date): Promise<Login | undefined> {
    const ended = { type: 'LoginEnded', data: { loginId, at: now.toISOString() } } as const;
    const logins = await this.change(
      (known) => (known.get(loginId)?.endedAt === null ? ended : null),
      author,
    );
    return logins.get(loginId);
  }
}
