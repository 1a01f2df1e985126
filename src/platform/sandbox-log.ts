/**
 * What a sandbox's programs put out: `agent`, what its agents write on standard error; `setup`, all that its setup puts out;
 * `sandbox`, all that its agent server puts out, in which the agents' words are as well.
 */
export const LOG_SOURCES = ['agent', 'setup', 'sandbox'] as const;
export type LogSource = (typeof LOG_SOURCES)[number];

/** A piece of a log, at most some 64 KiB of it. */
export interface LogPage {
  /** Without their ends, and without what a terminal would obey. May be none where there is more all the same. */
  readonly lines: readonly string[];
  /** What to read on with: a number that rises as long as the log is the same. 0 is its beginning. */
  readonly next: bigint;
  /** Whether there is more already. */
  readonly more: boolean;
  /** The log is another one than that of the place that was asked for (it was emptied, say): this is the new one's beginning. */
  readonly restarted: boolean;
}

/** Reads a task's log from a place on, at the task's provider. Rejects when that cannot be done just now. */
export type ReadLog = (
  spec: {
    readonly providerId: string;
    readonly taskId: string;
    readonly source: LogSource;
    readonly after: bigint;
  },
  signal: AbortSignal,
) => Promise<LogPage>;

/** Where nothing is (yet, or any more). */
export const noLog = (after: bigint): LogPage => ({ lines: [], next: after, more: false, restarted: false });
