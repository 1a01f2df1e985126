/** What a supervisor is told on its command line (as JSON): one program to run and how to end it. */
export interface SupervisedProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Run it as the leader of a process group and send signals to the whole group. */
  readonly group: boolean;
  /** Takes the program's standard output and error. */
  readonly logFile: string;
  /** When the launcher asks for a stop. */
  readonly onStop: readonly StopStep[];
  /** When the launcher is gone. */
  readonly onOrphaned: readonly StopStep[];
}

export interface StopStep {
  readonly signal: NodeJS.Signals;
  /** Milliseconds since the stop began. */
  readonly after: number;
}

export interface ProgramExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last of what it wrote, at most 2,000 characters. */
  readonly output: string;
}

/** From the supervisor to the launcher. */
export type SupervisorMessage =
  { readonly started: number } | { readonly failed: string } | { readonly exited: ProgramExit };

/** From the launcher to the supervisor. The end of the channel means that the launcher is gone. */
export type LauncherMessage = 'stop';
