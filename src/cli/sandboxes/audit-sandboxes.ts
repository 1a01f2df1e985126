import { UndecodableEventError } from '../../events/codec.js';
import type { EventStore } from '../../store/event-store.js';
import type { StoredEvent } from '../../events/stored-event.js';
import { foldStored, foldStream } from '../../events/task/fold.js';
import { taskIdOfStream, taskStream } from '../../events/task/task-events.js';
import { NO_TASK, type Task, type TaskState } from '../../events/task/task-state.js';
import type { SandboxListing, SandboxProvider } from '../../providers/sandbox-provider.js';
import {
  isStopped,
  sandboxDifference,
  type SandboxDifference,
} from '../../sagas/audit/sandbox-difference.js';

export interface Finding {
  readonly providerId: string;
  readonly taskId: string;
  readonly sandboxId: string | null;
  readonly difference: SandboxDifference;
  /** The task's status; null when there is no such task. */
  readonly status: Task['status'] | null;
}

export interface Audit {
  /** By provider: how many sandboxes it has, or why it could not say. */
  readonly providers: readonly {
    readonly providerId: string;
    readonly sandboxes: number;
    readonly problem?: string;
  }[];
  readonly tasks: number;
  readonly findings: readonly Finding[];
  /** Live tasks at providers that are not configured here. */
  readonly notAudited: Readonly<Record<string, number>>;
  /** Tasks with an event that cannot be read: their sandboxes count as owned. */
  readonly unreadable: readonly string[];
}

type Reader = Pick<EventStore, 'readStream'>;

/** How long a provider may take to list or to remove, in milliseconds. */
const PROVIDER_LIMIT_MS = 60_000;

/**
 * Compares what the events say with what the providers have. The world goes on meanwhile, so a difference
 * counts only if it holds with the events from before the providers were asked and with those from after:
 * what is just being made or destroyed is none.
 */
export async function auditSandboxes(
  history: AsyncIterable<StoredEvent>,
  store: Reader,
  providers: readonly SandboxProvider[],
): Promise<Audit> {
  const { tasks, unreadable } = await foldTasks(history);
  const reports: Audit['providers'][number][] = [];
  const findings: Finding[] = [];
  for (const provider of providers) {
    const { id: providerId } = provider;
    let listings: SandboxListing[];
    try {
      listings = await provider.listSandboxes(AbortSignal.timeout(PROVIDER_LIMIT_MS));
    } catch (error) {
      reports.push({
        providerId,
        sandboxes: 0,
        problem: error instanceof Error ? error.message : String(error),
      });
      continue;
    }
    reports.push({ providerId, sandboxes: listings.length });
    const listed = new Map(listings.map((listing) => [listing.taskId, listing]));
    const here = [...tasks.values()]
      .filter((task) => task.providerId === providerId)
      .map(({ taskId }) => taskId);
    for (const taskId of new Set([...listed.keys(), ...here])) {
      if (unreadable.has(taskId)) continue;
      const listing = listed.get(taskId);
      const difference = sandboxDifference(providerId, tasks.get(taskId) ?? null, listing);
      if (difference === null) continue;
      const now = await ownerOf(store, taskId);
      if (now === 'unreadable' || sandboxDifference(providerId, now, listing) !== difference) continue;
      const sandboxId = listing?.sandboxId ?? now?.sandboxId ?? null;
      findings.push({ providerId, taskId, sandboxId, difference, status: now?.status ?? null });
    }
  }
  const configured = new Set(providers.map(({ id }) => id));
  const notAudited: Record<string, number> = {};
  for (const { providerId } of tasks.values())
    if (!configured.has(providerId)) notAudited[providerId] = (notAudited[providerId] ?? 0) + 1;
  return { providers: reports, tasks: tasks.size, findings, notAudited, unreadable: [...unreadable] };
}

/** What reaping can put right; the rest is for people. */
export const isReapable = ({ difference }: Finding): boolean =>
  difference === 'orphan' || difference === 'still_running';

/**
 * Removes an orphan, or stops the processes of an archived task: after one more look at the events.
 * Resolves with false when the finding does not hold any more; rejects with what the provider met.
 */
export async function reap(finding: Finding, store: Reader, provider: SandboxProvider): Promise<boolean> {
  const { taskId, difference } = finding;
  const owner = await ownerOf(store, taskId);
  if (owner === 'unreadable') return false;
  const limit = AbortSignal.timeout(PROVIDER_LIMIT_MS);
  if (difference === 'still_running') {
    if (owner === null || !isStopped(owner)) return false;
    await provider.releaseSandbox(taskId, limit);
    return true;
  }
  if (owner !== null && owner.status !== 'killed' && owner.providerId === provider.id) return false;
  // Only a kill says that the branch may go.
  const keepBranch = owner?.status === 'killed' ? owner.keepBranch : true;
  await provider.destroySandbox({ taskId, keepBranch }, limit);
  return true;
}

/** Every task that is not killed, without its texts. */
async function foldTasks(
  history: AsyncIterable<StoredEvent>,
): Promise<{ tasks: Map<string, Task>; unreadable: Set<string> }> {
  const tasks = new Map<string, Task>();
  const unreadable = new Set<string>();
  for await (const stored of history) {
    const taskId = taskIdOfStream(stored.stream);
    if (taskId === null || unreadable.has(taskId)) continue;
    try {
      const { state } = foldStored({ ...NO_TASK, state: tasks.get(taskId) ?? null }, stored).after;
      if (state === null || state.status === 'killed') tasks.delete(taskId);
      else tasks.set(taskId, { ...state, task: '', sessions: [] });
    } catch (error) {
      if (!(error instanceof UndecodableEventError)) throw error;
      unreadable.add(taskId);
      tasks.delete(taskId);
    }
  }
  return { tasks, unreadable };
}

async function ownerOf(store: Reader, taskId: string): Promise<TaskState | 'unreadable'> {
  try {
    return (await foldStream(store.readStream(taskStream(taskId)))).state;
  } catch (error) {
    if (error instanceof UndecodableEventError) return 'unreadable';
    throw error;
  }
}
