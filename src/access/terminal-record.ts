import { LRUCache } from 'lru-cache';
import { Inject, Injectable } from '@nestjs/common';
import { terminalCodec, TERMINALS_STREAM, type TerminalEvent } from '../events/access/terminal-events.js';
import type { Clock } from '../platform/clock.js';
import { CLOCK, EVENT_STORE } from '../platform/tokens.js';
import { BoundedStream } from '../store/bounded-stream.js';
import type { EventStore } from '../store/event-store.js';
import { causedBy } from './caused-by.js';
import type { Caller } from './permissions.js';

/** The store need not keep more of it. Seconds, and events. */
const LIMITS = { $maxAge: 400 * 86_400, $maxCount: 100_000 };

/** A client that opens a port again within that time is not told of anew: a browser makes many connections. */
const PORT_AGAIN_MS = 3_600_000;
const MOST_PORTS = 10_000;

/** Keeps who opened a shell or a port in whose sandbox, for those who ask afterwards. */
@Injectable()
export class TerminalRecord {
  private readonly stream: BoundedStream;
  private readonly toldPorts = new LRUCache<string, true>({ max: MOST_PORTS, ttl: PORT_AGAIN_MS });

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.stream = new BoundedStream(store, TERMINALS_STREAM, LIMITS);
  }

  /** Tells of a shell that is about to be opened. Throws what the store throws: then it is not to be. */
  async tell(caller: Caller, taskId: string, workspaceId: string): Promise<void> {
    await this.append(caller, { type: 'TerminalOpened', data: { taskId, workspaceId, at: this.at() } });
  }

  /** Tells of a port that is about to be opened, once an hour for each client. Throws what the store throws: then it is not to be. */
  async tellPort(caller: Caller, taskId: string, workspaceId: string, port: number): Promise<void> {
    const { actor, tokenId, loginId, address } = caller;
    const key = JSON.stringify([actor, tokenId, loginId, address, taskId, port]);
    if (this.toldPorts.has(key)) return;
    await this.append(caller, { type: 'PortOpened', data: { taskId, workspaceId, port, at: this.at() } });
    this.toldPorts.set(key, true);
  }

  private async append(caller: Caller, event: TerminalEvent): Promise<void> {
    const causation = { ...causedBy(caller), workspaceId: event.data.workspaceId };
    await this.stream.append(...terminalCodec.encode([event], causation));
  }

  private at(): string {
    return this.clock.now().toISOString();
  }
}
