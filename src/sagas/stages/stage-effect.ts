import type { CommandContext } from '../../commands/executor.js';
import type { StageOutcome } from '../../commands/task-commands.js';
import type { Task } from '../../events/task/task-state.js';
import type { Stage } from '../../events/task/vocabulary.js';
import type { SandboxProvider } from '../../providers/sandbox-provider.js';
import type { BranchReservations } from './branch-reservations.js';
import type { SessionEnds } from './session-ends.js';

/** What an effect works with. */
export interface StageTools {
  /** The task's provider. */
  readonly provider: SandboxProvider;
  readonly branches: BranchReservations;
  readonly sessionEnds: SessionEnds;
  /** What led to this attempt, for the metadata of what the effect itself appends. */
  readonly context: CommandContext;
  /** Fires at the stage's time-out, and when the task is overtaken or the process is going down. */
  readonly signal: AbortSignal;
}

/**
 * The effect of a stage on the world, for a task whose intent is stored. Find-or-create, so that it can run any number of
 * times, in two processes as well. Rejects with a ProviderError, or with the signal's reason.
 */
export type StageEffect<S extends Stage> = (
  task: Task,
  tools: StageTools,
) => Promise<Extract<StageOutcome, { stage: S }>>;
