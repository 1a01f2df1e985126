import { Inject, Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import {
  MOST_CHANGED_FILES,
  MOST_LEFT_OUT,
  MOST_PATH_TEXT,
  type ChangedFile,
} from '../events/task/changes.js';
import type { ObservedChanges } from '../events/task/changes.js';
import { ProviderError } from '../events/provider-error.js';
import type { Task } from '../events/task/task-state.js';
import { orAborted } from '../platform/aborts.js';
import type { Clock } from '../platform/clock.js';
import { reasonOf } from '../platform/reason.js';
import { SharedRounds } from '../platform/shared-rounds.js';
import { CLOCK } from '../platform/tokens.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { changedFiles } from '../repository/checkout-diff.js';
import type { CheckoutPlace, SnapshotLimits } from '../repository/checkout-place.js';
import { CheckoutSnapshots, SlowCheckoutError } from '../repository/checkout-snapshots.js';
import { UnreadableCheckoutError } from '../repository/checkout-tips.js';
import { GitError } from '../repository/git.js';
import { TaskStreams } from '../store/aggregate-streams.js';
import { newContext, TaskExecutor, type ExecutedOnTask } from './executor.js';
import type { TaskCommand } from './task-commands.js';

/** Looks at so many checkouts at a time: their own bulkhead, beside those of the stages. */
const LOOKS_AT_A_TIME = 2;
const LIMITS: SnapshotLimits = {
  mostFiles: 5_000,
  mostBytes: 256 << 20,
  mostFileBytes: 16 << 20,
  mostMs: 60_000,
};
const LONGEST_REASON = 2_000;

/** Has a task's stream say what is changed in its checkout. */
@Injectable()
export class ChangeObserver {
  private readonly limit = pLimit(LOOKS_AT_A_TIME);
  private readonly rounds = new Map<string, SharedRounds>();

  constructor(
    @Inject(TaskStreams) private readonly streams: TaskStreams,
    @Inject(TaskExecutor) private readonly executor: TaskExecutor,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(CheckoutSnapshots) private readonly snapshots: CheckoutSnapshots,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Looks, and stores what was seen where it is another than before, or why nothing was. Whoever asks while a look is under way
   * shares the one that comes after it. Nothing to look at is no error.
   * @throws what the streams throw, or the signal's reason
   */
  async observe(taskId: string, signal: AbortSignal): Promise<void> {
    const rounds = this.rounds.get(taskId) ?? new SharedRounds((over) => this.inTurn(taskId, over));
    this.rounds.set(taskId, rounds);
    const looked = rounds.join(signal);
    await looked.finally(() => {
      if (rounds.isIdle) this.rounds.delete(taskId);
    });
  }

  private async inTurn(taskId: string, signal: AbortSignal): Promise<void> {
    const turn = this.limit(async () => {
      signal.throwIfAborted();
      await this.look(taskId, signal);
    });
    await orAborted(turn, signal);
  }

  private async look(taskId: string, signal: AbortSignal): Promise<void> {
    const { state: task } = await this.streams.refresh(taskId);
    if (task === null || task.sandboxId === null || task.status === 'killed') return;
    const at = this.clock.now().toISOString();
    try {
      const seen = await this.see(task, signal);
      if (seen !== null) await this.store(taskId, { type: 'NoteChanges', seen, at });
    } catch (error) {
      signal.throwIfAborted();
      const problem = problemOf(error);
      if (problem === null) throw error;
      await this.store(taskId, { type: 'NoteChangesProblem', ...problem, at });
    }
  }

  private async see(task: Task, signal: AbortSignal): Promise<ObservedChanges | null> {
    const provider = this.providers.get(task.providerId);
    if (!provider.useCheckout) return null;
    const spec = { taskId: task.taskId, ...(task.onBranch !== null && { onBranch: task.onBranch }) };
    const seen = await provider.useCheckout(spec, signal, (place, over) => this.seeAt(place, over));
    if (seen === null && task.changesAsked)
      throw new ProviderError('sandbox_missing', 'The sandbox has no complete checkout.');
    return seen;
  }

  private async seeAt(place: CheckoutPlace, signal: AbortSignal): Promise<ObservedChanges> {
    const { head, branch, tips: _, left, ...snapshot } = await this.snapshots.take(place, LIMITS, signal);
    const all = await changedFiles(this.snapshots, place, snapshot, signal);
    const files = named(all);
    return {
      ...snapshot,
      ...(head !== null && { head }),
      ...(branch !== null && branch.length <= 1_000 && { branch }),
      files,
      count: all.length,
      additions: all.reduce((sum, { additions }) => sum + additions, 0),
      deletions: all.reduce((sum, { deletions }) => sum + deletions, 0),
      left: left.slice(0, MOST_LEFT_OUT).map(({ path, why }) => ({ path: path.slice(0, 1_000), why })),
      truncated: files.length < all.length || left.length > MOST_LEFT_OUT,
    };
  }

  private store(taskId: string, command: TaskCommand): Promise<ExecutedOnTask> {
    return this.executor.execute(taskId, command, { ...newContext('changes'), atLeastRevision: 0n });
  }
}

/** The files that an event has room for. */
function named(files: readonly ChangedFile[]): ChangedFile[] {
  const fitting: ChangedFile[] = [];
  let text = 0;
  for (const file of files) {
    text += file.path.length + (file.oldPath?.length ?? 0);
    if (fitting.length >= MOST_CHANGED_FILES || text > MOST_PATH_TEXT) break;
    fitting.push(file);
  }
  return fitting;
}

/** What stands in the way and lies in the checkout or at the provider; null for what is somebody else's. */
function problemOf(error: unknown) {
  const reason = reasonOf(error).slice(0, LONGEST_REASON);
  if (error instanceof ProviderError) return { code: error.code, reason };
  if (error instanceof UnreadableCheckoutError)
    return { code: 'checkout_unreadable' as const, reason: `The changes cannot be told: ${reason}.` };
  if (error instanceof GitError) return { code: 'checkout_unreadable' as const, reason };
  if (error instanceof SlowCheckoutError) return { code: 'changes_too_slow' as const, reason };
  return null;
}
