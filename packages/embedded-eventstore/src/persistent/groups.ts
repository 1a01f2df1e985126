import { groupDropped, groupExists, groupFailed, groupNotFound } from '../grpc/status.js';
import type { Tables } from '../store/database.js';
import type { Journal } from '../store/journal.js';
import type { Store } from '../store/store.js';
import { Filter } from '../streams/filter.js';
import { Group } from './group.js';
import { bufferFault, type GroupSettings } from './settings.js';
import { type Source, sourceOf, startAfter } from './source.js';

interface StoredGroup {
  stream: string;
  name: string;
  settings: GroupSettings;
  /** Where it starts while it has no checkpoint. */
  after: number;
}

const SETTINGS = 'settings:';
const CHECKPOINT = 'checkpoint:';

/**
 * A stored checkpoint as it may be gone on from. Older versions stored places behind the end of their stream
 * (Infinity for one that was deleted), behind which nothing ever comes: such a group goes on with all that there
 * is to see, rather some of it twice than any of it never.
 */
function reachable(source: Source, checkpoint: number, after: number): number {
  return checkpoint <= (source.last() ?? -1) ? checkpoint : Math.max(after, source.first() - 1);
}

function checkBuffers(stream: string, name: string, settings: GroupSettings): void {
  const fault = bufferFault(settings);
  if (fault !== undefined) throw groupFailed(stream, name, fault);
}

/** All persistent subscriptions of the node. */
export class Groups {
  private readonly groups = new Map<string, Group>();

  constructor(
    private readonly tables: Tables,
    private readonly store: Store,
    private readonly journal: Journal,
  ) {
    this.load();
  }

  get(stream: string, name: string): Group {
    const group = this.groups.get(`${stream}::${name}`);
    if (!group) throw groupNotFound(stream, name);
    return group;
  }

  list(stream?: string): Group[] {
    const all = [...this.groups.values()];
    return stream === undefined ? all : all.filter((group) => group.stream === stream);
  }

  async create(stream: string, name: string, settings: GroupSettings): Promise<void> {
    if (settings.filter) new Filter(settings.filter);
    checkBuffers(stream, name, settings);
    await this.write(stream, name, settings, (exists) => {
      if (exists) throw groupExists(stream, name);
    });
    this.start({ stream, name, settings, after: this.startOf(stream, settings) });
  }

  /** Takes over new settings but for the filter; consumers are disconnected, the checkpoint stays. */
  async update(stream: string, name: string, changed: GroupSettings): Promise<void> {
    const settings = { ...changed, filter: this.get(stream, name).settings.filter };
    checkBuffers(stream, name, settings);
    await this.write(stream, name, settings, (exists) => {
      if (!exists) throw groupNotFound(stream, name);
    });
    this.get(stream, name).stop(groupDropped(stream, name));
    this.start({ stream, name, settings, after: this.startOf(stream, settings) });
  }

  async delete(stream: string, name: string): Promise<void> {
    const group = this.get(stream, name);
    await this.journal.write((transaction) => {
      transaction.setGroup(SETTINGS + group.key, undefined);
      transaction.setGroup(CHECKPOINT + group.key, undefined);
      // No checkpoint of a group that is gone may come along with a later commit.
      group.checkpoint.stop();
    });
    this.groups.delete(group.key);
    group.stop(groupDropped(stream, name));
    await group.parking.delete();
  }

  /** Starts all of them anew from what is stored. */
  async restart(): Promise<void> {
    await this.save();
    for (const group of this.groups.values()) group.stop(groupDropped(group.stream, group.name));
    this.groups.clear();
    this.load();
  }

  /** Stores all checkpoints. */
  async save(): Promise<void> {
    for (const group of this.groups.values()) group.checkpoint.save();
    await this.journal.idle();
  }

  private async write(
    stream: string,
    name: string,
    settings: GroupSettings,
    check: (exists: boolean) => void,
  ): Promise<void> {
    const key = `${stream}::${name}`;
    await this.journal.write((transaction) => {
      check(this.groups.has(key) || transaction.hasGroup(SETTINGS + key));
      const stored: StoredGroup = { stream, name, settings, after: this.startOf(stream, settings) };
      transaction.setGroup(SETTINGS + key, Buffer.from(JSON.stringify(stored)));
    });
  }

  private startOf(stream: string, settings: GroupSettings): number {
    return startAfter(sourceOf(this.store, stream, settings), settings.startFrom);
  }

  private start({ stream, name, settings, after }: StoredGroup): void {
    const checkpoint = this.tables.groups.get(Buffer.from(`${CHECKPOINT}${stream}::${name}`));
    const place = checkpoint
      ? reachable(sourceOf(this.store, stream, settings), checkpoint.readDoubleLE(0), after)
      : after;
    const group = new Group(
      this.store,
      this.journal,
      stream,
      name,
      settings,
      place,
      checkpoint !== undefined,
    );
    this.groups.set(group.key, group);
  }

  private load(): void {
    const range = { start: Buffer.from(SETTINGS), end: Buffer.from(`${SETTINGS}\u{10ffff}`) };
    for (const { value } of this.tables.groups.getRange(range))
      this.start(JSON.parse(value.toString()) as StoredGroup);
  }
}
