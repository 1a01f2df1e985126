import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Clock } from '../platform/clock.js';
import type { Settings } from '../platform/settings/settings.js';
import { CLOCK, EVENT_STORE, LOGGER, SETTINGS } from '../platform/tokens.js';
import type { EventStore } from '../store/event-store.js';
import { Following } from './following.js';
import { NowAndThen } from './now-and-then.js';
import { LoginStream } from './login-stream.js';
import { isOpen, loginOf, type Login } from './logins.js';
import { isSecretOf } from './secrets.js';

/** That somebody was here is stored at most so often. */
const SEEN_EVERY_MS = 300_000;

/** Who has logged in, as this process knows it: in memory, so that no request waits for a store to know who asks. */
@Injectable()
export class AccessLogins implements OnModuleInit, OnModuleDestroy {
  readonly stream: LoginStream;
  private readonly following: Following<unknown>;
  private readonly visits: NowAndThen;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) log: Logger,
  ) {
    this.stream = new LoginStream(store);
    this.visits = new NowAndThen(clock, (loginId) => this.isOpen(loginId), log);
    this.following = new Following(() => this.stream.latest(), 'who has logged in', log);
  }

  onModuleInit(): void {
    if (this.settings.auth === 'oidc') void this.following.begin();
  }

  onModuleDestroy(): void {
    this.following.stop();
  }

  /** The log-in that a text opens, or null. Looks once more for one that is not known here. Throws EventStoreUnavailableError. */
  async find(text: string): Promise<Login | null> {
    if (!isSecretOf('login', text)) return null;
    const login = await this.following.found(() => loginOf(this.stream.known, text));
    return login !== null && this.holds(login) ? login : null;
  }

  /** A log-in that is open, or null. Looks once more for one that is not known here. Throws EventStoreUnavailableError. */
  async byId(loginId: string): Promise<Login | null> {
    const login = await this.following.found(() => this.stream.known.get(loginId));
    return login !== null && this.holds(login) ? login : null;
  }

  /** Whether it is open still, as far as it is known here. */
  isOpen(loginId: string): boolean {
    const login = this.stream.known.get(loginId);
    return login !== undefined && this.holds(login);
  }

  /** Notes that a person was here. Nobody waits for that; where it cannot be stored it is tried again at the next request. */
  noteSeen({ loginId, actor, seenAt }: Login, address?: string): void {
    this.visits.tell(loginId, seenAt, Math.min(SEEN_EVERY_MS, this.idleMs / 4), (now) =>
      this.stream.change(
        (logins) =>
          logins.get(loginId)?.endedAt === null
            ? { type: 'LoginSeen', data: { loginId, at: now.toISOString() } }
            : null,
        { actor, address },
      ),
    );
  }

  private get idleMs(): number {
    return this.settings.login.idleS * 1_000;
  }

  private holds(login: Login): boolean {
    return isOpen(login, this.clock.now(), this.idleMs);
  }
}
