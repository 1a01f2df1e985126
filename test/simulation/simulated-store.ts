import {
  EventStoreUnavailableError,
  type AppendResult,
  type CatchUpOptions,
  type EventStore,
  type ExpectedRevision,
  type GroupOptions,
  type Subscription,
} from '../../src/store/event-store.js';
import type { NewEvent, StoredEvent } from '../../src/events/stored-event.js';
import { InMemoryEventStore } from '../support/in-memory-event-store.js';
import type { VirtualClock } from '../support/virtual-clock.js';
import type { Host } from './host.js';
import { SimulatedGroup } from './simulated-group.js';
import type { Weather } from './weather.js';

/** The event store at the other end of an unreliable network. */
export class SimulatedStore {
  readonly disk: InMemoryEventStore;
  readonly group: SimulatedGroup;
  /** Who stored an event and could know it at once; nobody, for one that was stored after its writer gave up. */
  readonly writers = new Map<string, Host>();

  private readonly followers = new Set<(event: StoredEvent) => void>();

  constructor(
    private readonly clock: VirtualClock,
    private readonly weather: Weather,
    private readonly onStored: (event: StoredEvent) => void,
  ) {
    this.disk = new InMemoryEventStore({ now: () => clock.now() });
    this.group = new SimulatedGroup(clock, weather);
  }

  get log(): readonly StoredEvent[] {
    return this.disk.log;
  }

  /** The store as a process sees it. */
  seenBy(host: Host): EventStore {
    const notSimulated = () => {
      throw new Error('The saga has no need of this');
    };
    return {
      append: (stream, events, expected) => host.sees(this.append(host, stream, events, expected)),
      readStream: (stream, options) => this.read(host, () => this.disk.readStream(stream, options)),
      joinGroup: (options: GroupOptions): Subscription => this.group.join(host, options),
      readAll: (options) => this.read(host, () => this.disk.readAll(options)),
      readAllBackwards: notSimulated,
      subscribeToAll: (options: CatchUpOptions): Subscription => this.subscribe(host, options),
      close: () => Promise.resolve(),
    };
  }

  /** What is stored from now on, in order, each event some time after it was stored. */
  private subscribe(host: Host, { types, onEvent }: CatchUpOptions): Subscription {
    let delivered: Promise<unknown> = Promise.resolve();
    const follower = (event: StoredEvent) => {
      if (!types.includes(event.type)) return;
      delivered = delivered
        .then(() => this.travel())
        .then(() => host.running())
        .then(() => this.followers.has(follower) && onEvent(event));
    };
    this.followers.add(follower);
    const stop = () => Promise.resolve(void this.followers.delete(follower));
    void host.death.then(stop);
    return { live: true, stop };
  }

  private async append(
    host: Host,
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    const { weather } = this;
    await this.travel();
    if (weather.strikes('appendBefore')) throw away();
    if (weather.strikes('appendLater')) {
      void this.clock
        .sleep(weather.between(1, 5_000))
        .then(() => this.store(stream, events, expected))
        .catch(() => undefined);
      throw away();
    }
    const stored = await this.store(stream, events, expected);
    for (const { id } of events) this.writers.set(id, host);
    await this.travel();
    if (weather.strikes('appendAfter')) throw away();
    return stored;
  }

  private async store(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    const before = this.log.length;
    const result = await this.disk.append(stream, events, expected);
    const stored = this.log.slice(before);
    stored.forEach(this.onStored);
    for (const follower of this.followers) stored.forEach(follower);
    this.group.feed(this.log);
    return result;
  }

  private async *read(host: Host, from: () => AsyncIterable<StoredEvent>): AsyncIterable<StoredEvent> {
    const read = async () => {
      await this.travel();
      if (this.weather.strikes('read')) throw away();
      const events: StoredEvent[] = [];
      for await (const event of from()) events.push(event);
      await this.travel();
      return events;
    };
    yield* await host.sees(read());
  }

  /** One way over the network: most are short. */
  private async travel(): Promise<void> {
    if (this.weather.chance(0.3)) await this.clock.sleep(this.weather.between(1, 20));
  }
}

const away = () => new EventStoreUnavailableError('The simulated store is away.');
