import { performance } from 'node:perf_hooks';
import type { GrpcCall } from '../grpc/call.js';
import { encodeEvents } from '../streams/encode.js';
import { Latencies } from './latencies.js';
import type { Message } from './message.js';

/** One connected consumer of a group and what it has been given. */
export class Consumer {
  /** By event id, oldest first. */
  readonly inFlight = new Map<string, Message>();
  readonly latencies: Latencies | undefined;
  readonly connectedAt = performance.now();
  total = 0;
  /** `total` when statistics were last asked for. */
  measured = 0;
  private stalled = false;

  constructor(
    readonly id: number,
    readonly call: GrpcCall,
    /** Messages that it takes before it acknowledges one. */
    readonly capacity: number,
    private readonly structuredIds: boolean,
    extraStatistics: boolean,
    private readonly onReady: () => void,
  ) {
    if (extraStatistics) this.latencies = new Latencies();
  }

  get hasRoom(): boolean {
    return !this.stalled && this.inFlight.size < this.capacity;
  }

  /** Two streams may hold events of one id; an acknowledgement could not tell them apart. */
  canTake(message: Message): boolean {
    return this.hasRoom && !this.inFlight.has(message.id);
  }

  send(message: Message, timeoutMs: number): void {
    message.sentAt = performance.now();
    message.deadline = timeoutMs > 0 ? message.sentAt + timeoutMs : Infinity;
    this.inFlight.set(message.id, message);
    this.total++;
    if (this.call.send(encodeEvents([message.resolved], this.structuredIds, [message.retries]))) return;
    this.stalled = true;
    void this.call.drained().then(() => {
      this.stalled = false;
      this.onReady();
    });
  }

  /** Takes a message back, acknowledged or not; undefined where it is not (any more) this consumer's. */
  take(id: string): Message | undefined {
    const message = this.inFlight.get(id);
    if (message) {
      this.inFlight.delete(id);
      this.latencies?.add(performance.now() - message.sentAt);
    }
    return message;
  }
}
