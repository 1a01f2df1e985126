import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import { Feed } from '../feed/feed.js';

const LONGEST_WAIT_MS = 5_000;
const RETRY_AFTER_S = 1;

/** `?minPosition=`: a read waits until the rows are that far, but not for ever. */
@Injectable()
export class ReadYourWrites {
  constructor(@Inject(Feed) private readonly feed: Feed) {}

  /** Throws ServiceUnavailableException (503) when the rows do not get there within 5 s. */
  async waitFor(minPosition: string | undefined): Promise<void> {
    if (minPosition === undefined) return;
    if (await this.feed.waitFor(BigInt(minPosition), LONGEST_WAIT_MS)) return;
    throw new ServiceUnavailableException({
      detail: `The rows are at position ${this.feed.position}, not yet at ${minPosition}. Repeat the request, or leave minPosition out.`,
      code: 'rows_behind',
      position: this.feed.position.toString(),
      retryAfter: RETRY_AFTER_S,
    });
  }
}
