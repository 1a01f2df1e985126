import { Inject, Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { ChangeObserver } from '../../commands/change-observer.js';
import { CommandRefusedError, existing } from '../../commands/command-refused.js';
import { withCheckouts } from '../../commands/refresh-changes.js';
import { ProviderError } from '../../events/provider-error.js';
import type { ChangesFold } from '../../events/task/changes.js';
import type { Task } from '../../events/task/task-state.js';
import { listBelow, startBelow, type FolderEntry } from '../../platform/plain-look.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { diffOf } from '../../repository/checkout-diff.js';
import type { CheckoutPlace } from '../../repository/checkout-place.js';
import { CheckoutSnapshots } from '../../repository/checkout-snapshots.js';
import { TaskStreams } from '../../store/aggregate-streams.js';

/** Diffs that are printed at a time. */
const DIFFS_AT_A_TIME = 16;
const MOST_ENTRIES = 5_000;
/** So much of a file is shown, in bytes. */
const MOST_CONTENT = 1 << 20;
/** Git looks for NUL in as much to tell what is binary. */
const BINARY_SAMPLE = 8_000;

/** A file as it is shown. */
export interface ShownFile {
  readonly size: number;
  readonly binary: boolean;
  readonly truncated: boolean;
  /** Null of what is binary. */
  readonly content: string | null;
}

/** What is in a task's checkout, for people who look at it. */
@Injectable()
export class CheckoutViews {
  private readonly diffs = pLimit(DIFFS_AT_A_TIME);

  constructor(
    @Inject(TaskStreams) private readonly streams: TaskStreams,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(CheckoutSnapshots) private readonly snapshots: CheckoutSnapshots,
    @Inject(ChangeObserver) private readonly observer: ChangeObserver,
  ) {}

  /**
   * The unified diff of what was last observed, of the paths or of all, for as long as `print` takes it.
   * @throws CommandRefusedError, ProviderError
   */
  diff(
    taskId: string,
    paths: readonly string[],
    signal: AbortSignal,
    print: (pieces: AsyncGenerator<Buffer>) => Promise<void>,
  ): Promise<void> {
    return this.diffs(() =>
      this.within(taskId, signal, async (place, over) => {
        const seen = await this.observed(taskId, place, over);
        await print(diffOf(this.snapshots, place, seen, paths, over));
      }),
    );
  }

  /** A folder of the checkout as it is now, without `.git`. */
  async list(
    taskId: string,
    path: string,
    signal: AbortSignal,
  ): Promise<{ entries: FolderEntry[]; truncated: boolean }> {
    const found = await this.within(taskId, signal, ({ folder }) => listBelow(folder, path, MOST_ENTRIES));
    if (found === undefined) throw notFound(path, 'folder');
    const order = (entry: FolderEntry) => (entry.kind === 'folder' ? 0 : 1);
    const entries = found.entries
      .filter(({ name }) => name.toLowerCase() !== '.git')
      .sort((a, b) => order(a) - order(b) || (a.name < b.name ? -1 : 1));
    return { ...found, entries };
  }

  /** A file of the checkout as it is now. */
  async content(taskId: string, path: string, signal: AbortSignal): Promise<ShownFile> {
    const found = await this.within(taskId, signal, ({ folder }) => startBelow(folder, path, MOST_CONTENT));
    if (found === undefined) throw notFound(path, 'file');
    const { bytes, size } = found;
    const truncated = size > bytes.length;
    const binary = bytes.subarray(0, BINARY_SAMPLE).includes(0);
    return { size, binary, truncated, content: binary ? null : bytes.toString() };
  }

  private async within<T>(
    taskId: string,
    signal: AbortSignal,
    work: (place: CheckoutPlace, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const task = await this.task(taskId);
    const provider = withCheckouts(this.providers.get(task.providerId));
    if (task.status === 'killed')
      throw new CommandRefusedError(
        'checkout_gone',
        'The task was killed, and its checkout with it. What was last seen of its changes is under /changes.',
      );
    const spec = { taskId, ...(task.onBranch !== null && { onBranch: task.onBranch }) };
    // In a box, for what the work gives may be null as well.
    const done = await provider.useCheckout(spec, signal, async (place, over) => ({
      result: await work(place, over),
    }));
    if (done !== null) return done.result;
    if (task.sandboxId === null)
      throw new CommandRefusedError(
        'no_checkout_yet',
        'The task has no checkout yet. Ask again when its sandbox is there.',
      );
    throw new ProviderError('sandbox_missing', 'The sandbox has no complete checkout (any more).');
  }

  private async task(taskId: string): Promise<Task> {
    return existing((await this.streams.shown(taskId)).state);
  }

  /** The last observation whose objects are there; a look is taken where there is none. */
  private async observed(taskId: string, place: CheckoutPlace, signal: AbortSignal): Promise<ChangesFold> {
    const known = (await this.task(taskId)).changes;
    if (known !== null && (await this.snapshots.has(place, known.tree, signal))) return known;
    await this.observer.observe(taskId, signal);
    const { changes, changesProblem } = await this.task(taskId);
    if (
      changes !== null &&
      changesProblem === null &&
      (await this.snapshots.has(place, changes.tree, signal))
    )
      return changes;
    throw new ProviderError(
      changesProblem?.code ?? 'checkout_unreadable',
      changesProblem?.reason ?? 'The changes cannot be told just now.',
    );
  }
}

const notFound = (path: string, kind: string): CommandRefusedError =>
  new CommandRefusedError(
    'path_not_found',
    `There is no ${kind} at ${JSON.stringify(path)} in the checkout.`,
  );
