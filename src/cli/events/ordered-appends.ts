import type { EventStore } from '../../store/event-store.js';
import type { StoredEvent } from '../../events/stored-event.js';

/** Neighbours in one stream go out together, up to so many events and characters: a store takes 1 MiB. */
const MAX_EVENTS = 100;
const MAX_CHARACTERS = 200_000;

/**
 * Appends events with the revisions that they have, in their order. Several appends may be under way at a
 * time: the client sends them through one call, in which the store takes them one after the other. That it
 * did is checked by the positions that they got.
 */
export class OrderedAppends {
  private group: StoredEvent[] = [];
  private characters = 0;
  private readonly underWay = new Set<Promise<void>>();
  private previous: Promise<bigint> = Promise.resolve(-1n);
  private appended = 0;
  private failure: { error: unknown } | undefined;

  /** @param onAppended gets the number of events appended so far */
  constructor(
    private readonly target: Pick<EventStore, 'append'>,
    private readonly inFlight: number,
    private readonly onAppended: (count: number) => void,
  ) {}

  /** Takes the next event; waits while too much is under way. Rejects with what an earlier append met. */
  async add(event: StoredEvent): Promise<void> {
    const last = this.group.at(-1);
    const size = JSON.stringify(event.data).length;
    const isNeighbour = last?.stream === event.stream && last.revision + 1n === event.revision;
    const fits = this.group.length < MAX_EVENTS && this.characters + size <= MAX_CHARACTERS;
    if (!(isNeighbour && fits)) await this.send();
    this.group.push(event);
    this.characters += size;
  }

  /** Sends what is left and waits until all is stored. */
  async finish(): Promise<void> {
    await this.send();
    await this.settled();
    if (this.failure) throw this.failure.error;
  }

  /** Waits until nothing is under way any more, whatever came of it. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private async send(): Promise<void> {
    const group = this.group;
    if (group.length === 0) return;
    this.group = [];
    this.characters = 0;
    // The client sends the first append of a connection after the second, unless it is alone.
    const limit = this.appended === 0 ? 1 : this.inFlight;
    while (this.underWay.size >= limit) await Promise.race(this.underWay);
    if (this.failure) throw this.failure.error;
    const before = this.previous;
    const position = this.append(group);
    this.previous = position.catch(() => -1n);
    const append = this.checked(group, before, position)
      .catch((error: unknown) => void (this.failure ??= { error }))
      .finally(() => this.underWay.delete(append));
    this.underWay.add(append);
  }

  private async append(group: readonly StoredEvent[]): Promise<bigint> {
    const { stream, revision } = group[0]!;
    const events = group.map(({ id, type, data, metadata }) => ({
      id,
      type,
      data: data as object,
      metadata,
    }));
    const expected = revision === 0n ? 'no_stream' : revision - 1n;
    return (await this.target.append(stream, events, expected)).position;
  }

  private async checked(group: readonly StoredEvent[], before: Promise<bigint>, after: Promise<bigint>) {
    const position = await after;
    // 0n: a store need not tell the position of what it held already.
    if (position !== 0n && position <= (await before))
      throw new Error(
        `The target did not keep the order in which it was sent ${group[0]!.stream}. Begin anew with an empty store and --in-flight 1.`,
      );
    this.onAppended((this.appended += group.length));
  }
}
