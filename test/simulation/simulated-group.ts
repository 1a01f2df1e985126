import type { GroupMessage, GroupOptions, Subscription } from '../../src/store/event-store.js';
import type { StoredEvent } from '../../src/events/stored-event.js';
import type { VirtualClock } from '../support/virtual-clock.js';
import type { Host } from './host.js';
import type { Weather } from './weather.js';

interface Delivery {
  readonly event: StoredEvent;
  retryCount: number;
}

/** One connection of a consumer. What is said on a connection that is gone is not heard. */
interface Connection {
  readonly host: Host;
  readonly options: GroupOptions;
  readonly unacknowledged: Set<Delivery>;
  open: boolean;
}

/**
 * A persistent subscription that keeps its promise (each message until it is acknowledged) and not a bit
 * more: messages overtake each other, come twice, and come again when a connection drops.
 */
export class SimulatedGroup {
  readonly parked: { readonly event: StoredEvent; readonly reason: string }[] = [];
  private readonly waiting: Delivery[] = [];
  private connections: Connection[] = [];
  private fed = 0;

  constructor(
    private readonly clock: VirtualClock,
    private readonly weather: Weather,
  ) {}

  /** Messages that are not acknowledged by anybody. */
  get outstanding(): StoredEvent[] {
    const delivered = this.connections.flatMap(({ unacknowledged }) => [...unacknowledged]);
    return [...this.waiting, ...delivered].map(({ event }) => event);
  }

  feed(log: readonly StoredEvent[]): void {
    for (; this.fed < log.length; this.fed++) this.offer({ event: log[this.fed]!, retryCount: 0 });
  }

  join(host: Host, options: GroupOptions): Subscription {
    this.connect(host, options);
    return {
      get live() {
        return true;
      },
      stop: () => {
        this.drop(host);
        return Promise.resolve();
      },
    };
  }

  /** The consumer's connection ends: what it has not acknowledged goes to the others, or waits for the next. */
  drop(host: Host): void {
    const gone = this.connections.filter((connection) => connection.host === host);
    this.connections = this.connections.filter((connection) => connection.host !== host);
    for (const connection of gone) {
      connection.open = false;
      for (const delivery of connection.unacknowledged)
        this.offer({ ...delivery, retryCount: delivery.retryCount + 1 });
      connection.unacknowledged.clear();
    }
  }

  /** As the store's client does: the connection drops and comes back a little later. */
  async reconnect(host: Host, afterMs: number): Promise<void> {
    const options = this.connections.find((connection) => connection.host === host)?.options;
    this.drop(host);
    if (options === undefined) return;
    await host.sees(this.clock.sleep(afterMs));
    this.connect(host, options);
  }

  private connect(host: Host, options: GroupOptions): void {
    this.connections.push({ host, options, unacknowledged: new Set(), open: true });
    for (const delivery of this.waiting.splice(0)) this.offer(delivery);
  }

  private offer(delivery: Delivery): void {
    const connection = this.pinned(delivery.event.stream);
    if (connection === undefined) this.waiting.push(delivery);
    else if (connection.options.types.includes(delivery.event.type)) void this.deliver(connection, delivery);
  }

  /** Events of one stream go to one consumer as long as it is there. */
  private pinned(stream: string): Connection | undefined {
    const sum = [...stream].reduce((hash, character) => (hash * 31 + character.charCodeAt(0)) >>> 0, 0);
    return this.connections[sum % this.connections.length];
  }

  private async deliver(connection: Connection, delivery: Delivery): Promise<void> {
    connection.unacknowledged.add(delivery);
    const delay = this.weather.between(0, this.weather.calm ? 1 : this.weather.disorderMs);
    if (delay > 0) await this.clock.sleep(delay);
    if (this.weather.strikes('duplicate')) {
      void this.clock.sleep(this.weather.between(1, 20_000)).then(() => this.offer({ ...delivery }));
    }
    await connection.host.running();
    if (connection.open) connection.options.onMessage(this.messageOf(connection, delivery));
  }

  private messageOf(connection: Connection, delivery: Delivery): GroupMessage {
    const { event, retryCount } = delivery;
    /** By the event's id, as in the real one. False on a connection that is gone, or for what is settled already. */
    const settle = () => {
      const settled = [...connection.unacknowledged].filter((other) => other.event.id === event.id);
      settled.forEach((other) => connection.unacknowledged.delete(other));
      return settled.length > 0;
    };
    return {
      event,
      retryCount,
      ack: () => void settle(),
      park: (reason) => {
        if (settle()) this.parked.push({ event, reason });
      },
      retry: () => {
        if (settle()) this.offer({ event, retryCount: retryCount + 1 });
      },
    };
  }
}
