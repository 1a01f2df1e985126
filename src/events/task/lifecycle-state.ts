/** Why a sandbox stops: nothing happened in it for long, or it has been awake for long. */
export const SLEEP_REASONS = ['idle', 'age'] as const;
export type SleepReason = (typeof SLEEP_REASONS)[number];

/** When a sandbox stops, and why. `at`: ISO 8601, UTC. */
export interface Deadline {
  readonly for: SleepReason;
  readonly at: string;
}

/** How long a task's sandbox goes on, and how long it has. There only where one of the two is limited. */
export interface LifecycleFold {
  /** Seconds without activity, or null: any number. */
  readonly idleStopAfter: number | null;
  /** Seconds awake, whatever happens, or null: any number. */
  readonly maxAge: number | null;
  /** Since when its agent is there; null while the task does not run. */
  readonly awakeSince: string | null;
  /** Since when nothing happens; null while something does, and while the task does not run. */
  readonly idleSince: string | null;
  /** Until when a shell keeps it awake, at least; absent where nobody typed in one since it began to run. */
  readonly typedUntil?: string;
  /** The deadline that was warned of, as long as it holds. */
  readonly warned: Deadline | null;
  /** Why it sleeps, or is about to; null when it is awake. */
  readonly asleep: (Deadline & { readonly isAsked: boolean }) | null;
}
