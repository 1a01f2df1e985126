import type { GroupMessage, GroupOptions } from '../../src/store/event-store.js';
import type { StoredEvent } from '../../src/events/stored-event.js';

interface Delivery {
  readonly event: StoredEvent;
  retryCount: number;
}

interface Consumer {
  readonly options: GroupOptions;
  readonly inFlight: Map<Delivery, ReturnType<typeof setTimeout>>;
}

/**
 * A persistent subscription in memory: every event to one consumer, events of one stream to the same one
 * while it stays, at most `bufferSize` unacknowledged at each, redelivered when its consumer leaves, asks
 * for it or lets the message time-out pass.
 */
export class InMemoryGroup {
  readonly parked: { event: StoredEvent; reason: string }[] = [];
  private readonly queue: Delivery[] = [];
  private readonly consumers: Consumer[] = [];
  private fed = 0;
  private messageTimeoutMs = 0;

  constructor(private readonly types: readonly string[]) {}

  /** Takes in what is new in the log. */
  feed(log: readonly StoredEvent[]): void {
    for (; this.fed < log.length; this.fed++) {
      const event = log[this.fed]!;
      if (this.types.includes(event.type)) this.queue.push({ event, retryCount: 0 });
    }
    this.dispatch();
  }

  join(options: GroupOptions): { leave(): void } {
    const consumer: Consumer = { options, inFlight: new Map() };
    this.consumers.push(consumer);
    // As in the real one: raised for who needs more, lowered for nobody.
    this.messageTimeoutMs = Math.max(this.messageTimeoutMs, options.messageTimeoutMs);
    this.dispatch();
    return {
      leave: () => {
        this.consumers.splice(this.consumers.indexOf(consumer), 1);
        for (const delivery of [...consumer.inFlight.keys()]) this.again(consumer, delivery);
      },
    };
  }

  private dispatch(): void {
    for (let index = 0; index < this.queue.length;) {
      const delivery = this.queue[index]!;
      const consumer = this.consumerOf(delivery.event.stream);
      if (consumer === undefined) {
        index++;
        continue;
      }
      this.queue.splice(index, 1);
      this.deliver(consumer, delivery);
    }
  }

  /** Pinned: a stream's hash names its consumer; a full one makes the message wait. */
  private consumerOf(stream: string): Consumer | undefined {
    if (this.consumers.length === 0) return undefined;
    let hash = 0;
    for (const char of stream) hash = (hash * 31 + char.charCodeAt(0)) >>> 0;
    const consumer = this.consumers[hash % this.consumers.length]!;
    return consumer.inFlight.size < consumer.options.bufferSize ? consumer : undefined;
  }

  private deliver(consumer: Consumer, delivery: Delivery): void {
    const timer = setTimeout(() => this.again(consumer, delivery), this.messageTimeoutMs);
    timer.unref();
    consumer.inFlight.set(delivery, timer);
    const message: GroupMessage = {
      event: delivery.event,
      retryCount: delivery.retryCount,
      ack: () => {
        this.settle(consumer, delivery);
        this.dispatch();
      },
      park: (reason) => {
        if (this.settle(consumer, delivery)) this.parked.push({ event: delivery.event, reason });
        this.dispatch();
      },
      retry: () => this.again(consumer, delivery),
    };
    queueMicrotask(() => {
      if (consumer.inFlight.has(delivery)) consumer.options.onMessage(message);
    });
  }

  private again(consumer: Consumer, delivery: Delivery): void {
    if (!this.settle(consumer, delivery)) return;
    delivery.retryCount++;
    this.queue.unshift(delivery);
    this.dispatch();
  }

  /** False when the delivery is no longer this consumer's. */
  private settle(consumer: Consumer, delivery: Delivery): boolean {
    clearTimeout(consumer.inFlight.get(delivery));
    return consumer.inFlight.delete(delivery);
  }
}
