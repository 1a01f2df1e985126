import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AccessDeniedError } from '../../access/access.js';
import type { Caller } from '../../access/permissions.js';
import { TooManyError } from '../../access/too-many.js';
import type { Settings } from '../../platform/settings/settings.js';

const MINUTE_S = 60;

type RateSettings = Pick<Settings, 'auth'> & {
  readonly clients: Pick<Settings['clients'], 'requestsPerS' | 'wrongPerMinute'>;
};

/**
 * How often each client may ask this process, and how often an address may come with what is no token. Who shows one that
 * holds is let in whatever else comes from their address, so that nobody can shut others out.
 */
export class ClientRates {
  private readonly requests?: RateLimiterMemory;
  private readonly wrong?: RateLimiterMemory;

  constructor({ auth, clients }: RateSettings) {
    // Where nobody is asked who they are, all are one client: that of loopback, or of the proxy that authenticates.
    if (auth === 'none') return;
    if (clients.requestsPerS > 0)
      this.requests = new RateLimiterMemory({ points: clients.requestsPerS, duration: 1 });
    if (clients.wrongPerMinute > 0)
      this.wrong = new RateLimiterMemory({ points: clients.wrongPerMinute, duration: MINUTE_S });
  }

  /** What is told whoever asks once too often, or null; counts the asking. @param caller as they were found to be */
  async refusal(
    caller: Caller | AccessDeniedError,
    address: string | undefined,
  ): Promise<TooManyError | null> {
    if (!(caller instanceof AccessDeniedError)) {
      const wait = await secondsToWait(this.requests, caller.tokenId ?? caller.loginId ?? networkOf(address));
      return wait === null
        ? null
        : new TooManyError('too_many_requests', 'This client asks too often: ask less often.', wait);
    }
    if (caller.code !== 'not_authenticated') return null;
    const wait = await secondsToWait(this.wrong, networkOf(address));
    if (wait === null) return null;
    return new TooManyError(
      'too_many_wrong_tokens',
      'Too much that is no token came from this address. One that holds is let in at once.',
      wait,
    );
  }
}

/** Null where there is room. */
async function secondsToWait(limiter: RateLimiterMemory | undefined, key: string): Promise<number | null> {
  try {
    await limiter?.consume(key);
    return null;
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    return Math.max(1, Math.ceil(refused.msBeforeNext / 1_000));
  }
}

/** An IPv6 address is one of 2^64 that its holder may choose from. */
export function networkOf(address = ''): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('%')[0]!.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length;
  const all = [...groups, ...Array<string>(Math.max(zeros, 0)).fill('0'), ...after];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
