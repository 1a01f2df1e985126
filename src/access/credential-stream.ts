import { Inject, Injectable } from '@nestjs/common';
import {
  CREDENTIALS_STREAM,
  credentialCodec,
  type CredentialEvent,
} from '../events/access/credential-events.js';
import type { Clock } from '../platform/clock.js';
import { CLOCK, EVENT_STORE } from '../platform/tokens.js';
import type { EventStore } from '../store/event-store.js';
import { AccessStream } from './access-stream.js';
import type { AccessAuthor } from './caused-by.js';

type Told<E extends CredentialEvent = CredentialEvent> = E extends CredentialEvent
  ? { readonly type: E['type']; readonly data: Omit<E['data'], 'at'> }
  : never;

/** Who changed which credentials: they themselves lie in a table, which keeps no history. What it comes to is how many changes. */
@Injectable()
export class CredentialStream extends AccessStream<number, CredentialEvent> {
  protected readonly nothing = 0;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super(store, {
      codec: credentialCodec,
      evolve: (changes) => (changes ?? 0) + 1,
      streamOf: () => CREDENTIALS_STREAM,
      workspaceOf: (_, { data }) => data.workspaceId,
      sizeOf: () => 0,
    });
  }

  /** Tells of a change that is about to be made. Throws what the store throws: then it is not to be made. */
  async tell({ type, data }: Told, author: AccessAuthor): Promise<void> {
    const event = { type, data: { ...data, at: this.clock.now().toISOString() } } as CredentialEvent;
    await this.change(() => event, author);
  }
}
