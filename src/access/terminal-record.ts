import { Inject, Injectable } from '@nestjs/common';
import { terminalCodec, TERMINALS_STREAM } from '../events/access/terminal-events.js';
import type { Clock } from '../platform/clock.js';
import { CLOCK, EVENT_STORE } from '../platform/tokens.js';
import { BoundedStream } from '../store/bounded-stream.js';
import type { EventStore } from '../store/event-store.js';
import { causedBy } from './caused-by.js';
import type { Caller } from './permissions.js';

/** The store need not keep more of it. Seconds, and events. */
const LIMITS = { $maxAge: 400 * 86_400, $maxCount: 100_000 };

/** Keeps who opened a shell in whose sandbox, for those who ask afterwards. */
@Injectable()
export class TerminalRecord {
  private readonly stream: BoundedStream;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.stream = new BoundedStream(store, TERMINALS_STREAM, LIMITS);
  }

  /** Tells of a shell that is about to be opened. Throws what the store throws: then it is not to be. */
  async tell(caller: Caller, taskId: string, workspaceId: string): Promise<void> {
    const data = { taskId, workspaceId, at: this.clock.now().toISOString() };
    const causation = { ...causedBy(caller), workspaceId };
    await this.stream.append(...terminalCodec.encode([{ type: 'TerminalOpened', data }], causation));
  }
}
