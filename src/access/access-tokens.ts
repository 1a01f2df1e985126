import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Clock } from '../platform/clock.js';
import type { Settings } from '../platform/settings/settings.js';
import { CLOCK, EVENT_STORE, LOGGER, SETTINGS } from '../platform/tokens.js';
import type { EventStore } from '../store/event-store.js';
import { Following } from './following.js';
import { NowAndThen } from './now-and-then.js';
import { isSecretOf } from './secrets.js';
import { TokenStream } from './token-stream.js';
import { holds, tokenOf, type Token, type Tokens } from './tokens.js';

/** That a token is used is stored at most so often. */
const USED_EVERY_MS = 3_600_000;
/** The tokens as this process knows them: in memory, so that no request waits for a store to know who asks. */
@Injectable()
export class AccessTokens implements OnModuleInit, OnModuleDestroy {
  readonly stream: TokenStream;
  private readonly following: Following<Tokens>;
  private readonly uses: NowAndThen;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.stream = new TokenStream(store);
    this.uses = new NowAndThen(clock, (tokenId) => this.isOpen(tokenId), log);
    this.following = new Following(() => this.stream.latest(), 'the access tokens', log);
  }

  onModuleInit(): void {
    if (this.settings.auth === 'none') return;
    void this.following.begin((tokens) => {
      if (tokens.size === 0 && this.settings.auth === 'tokens')
        this.log.warn('There is no access token yet: slipway tokens bootstrap makes the first one.');
    });
  }

  onModuleDestroy(): void {
    this.following.stop();
  }

  get known(): Tokens {
    return this.stream.known;
  }

  /** The token that a text is, if it holds; null otherwise. Looks once more for one that is not known here. Throws EventStoreUnavailableError. */
  async find(text: string): Promise<Token | null> {
    if (!isSecretOf('slw', text)) return null;
    const token = await this.following.found(() => tokenOf(this.known, text));
    return token !== null && holds(token, this.clock.now()) ? token : null;
  }

  /** A token that holds, or null. Looks once more for one that is not known here. Throws EventStoreUnavailableError. */
  async byId(tokenId: string): Promise<Token | null> {
    const token = await this.following.found(() => this.known.get(tokenId));
    return token !== null && holds(token, this.clock.now()) ? token : null;
  }

  /** Whether it holds still, as far as it is known here. */
  isOpen(tokenId: string): boolean {
    const token = this.known.get(tokenId);
    return token !== undefined && holds(token, this.clock.now());
  }

  /** Notes that it is used. Nobody waits for that; where it cannot be stored it is tried again at the next request. */
  noteUse({ tokenId, usedAt }: Token, address?: string): void {
    this.uses.tell(tokenId, usedAt, USED_EVERY_MS, (now) =>
      this.stream.change(
        (tokens) =>
          tokens.has(tokenId) ? { type: 'TokenUsed', data: { tokenId, at: now.toISOString() } } : null,
        { actor: `token:${tokenId}`, tokenId, address },
      ),
    );
  }
}
