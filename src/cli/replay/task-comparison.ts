import type { StoredEvent } from '../../events/stored-event.js';
import { NO_TASK, type Task } from '../../events/task/task-state.js';
import { foldStored } from '../../events/task/fold.js';
import type { react } from '../../sagas/react.js';
import { isBefore, type Moment } from '../moment.js';
import { RecordedCommands, WAKES, type Command, type RecordedCommand } from './recorded-commands.js';

/** An event after which the saga would now be told something else than the stream shows. */
export interface SagaDifference {
  readonly taskId: string;
  readonly type: string;
  readonly position: string;
  readonly at: string;
  /** What `react` wants now; null: nothing. */
  readonly now: Command | null;
  /** What was carried out; null: nothing. */
  readonly recorded: Command | null;
}

export type React = typeof react;
export type Counts = { tasks: number; commands: number; same: number; pending: number; overtaken: number };

const INTERRUPTS: ReadonlySet<string> = new Set(['ArchiveRequested', 'KillRequested']);

interface Wanted {
  readonly command: Command;
  readonly trigger: number;
  /** Whether the decider would have let it begin at that moment. */
  readonly wasDue: boolean;
}

/** One task's stream, compared event by event with what `react` wants. */
export class TaskComparison {
  private readonly recorder = new RecordedCommands();
  private readonly recorded: RecordedCommand[] = [];
  private readonly wanted: Wanted[] = [];
  /** What to say of an event that something follows from. */
  private readonly triggers = new Map<number, Omit<SagaDifference, 'now' | 'recorded'>>();
  private lastInterrupt = -1;
  private fold = NO_TASK;
  private index = -1;
  private firstCompared: number | undefined;

  constructor(
    private readonly taskId: string,
    private readonly react: React,
    private readonly since: Moment | undefined,
  ) {}

  take(stored: StoredEvent): void {
    const { event, after } = foldStored(this.fold, stored);
    if (event === null) return;
    const index = ++this.index;
    const happened = { position: stored.position, at: event.data.at };
    if (this.firstCompared === undefined && !(this.since && isBefore(happened, this.since)))
      this.firstCompared = index;
    const before = this.fold.state;
    this.fold = after;
    if (INTERRUPTS.has(event.type)) this.lastInterrupt = index;
    const shown = this.recorder.take(stored, event, index, before);
    if (shown) this.recorded.push(shown);
    const next = this.react(this.fold.state, event);
    if (next !== null || WAKES.has(event.type))
      this.triggers.set(index, {
        taskId: this.taskId,
        type: event.type,
        position: stored.position.toString(),
        at: event.data.at,
      });
    if (next === null) return;
    const { notBefore: _, ...command } = next;
    this.wanted.push({ command, trigger: index, wasDue: isDue(this.fold.state, command) });
  }

  /** Adds to the counts and tells the differences. */
  finish(counts: Counts): SagaDifference[] {
    const compared = (index: number) => this.firstCompared !== undefined && index >= this.firstCompared;
    const { gone, unmet, same } = this.match();
    const differences = new Map<number, SagaDifference>();
    const differ = (trigger: number, part: { now: Command } | { recorded: Command }) => {
      const known = differences.get(trigger) ?? { ...this.triggers.get(trigger)!, now: null, recorded: null };
      differences.set(trigger, { ...known, ...part });
    };
    counts.commands += this.wanted.filter(({ trigger }) => compared(trigger)).length;
    counts.same += same.filter(compared).length;
    for (const { command, trigger, wasDue } of unmet.filter((w) => compared(w.trigger))) {
      if (wasDue && this.lastInterrupt > trigger) counts.overtaken++;
      else if (wasDue && isDue(this.fold.state, command)) counts.pending++;
      else differ(trigger, { now: command });
    }
    for (const { command, trigger } of gone.filter((r) => compared(r.trigger)))
      differ(trigger, { recorded: command });
    return [...differences].sort(([a], [b]) => a - b).map(([, difference]) => difference);
  }

  /** Pairs what is wanted with what was carried out; `same` holds the triggers of the pairs. */
  private match(): { gone: RecordedCommand[]; unmet: Wanted[]; same: number[] } {
    const same: number[] = [];
    const credited = new Set<number>();
    let unmet = this.wanted;
    const pair = (recorded: RecordedCommand, mayBe: (wanted: Wanted) => boolean): boolean => {
      const found = unmet.findLast((w) => equal(w.command, recorded.command) && mayBe(w));
      if (found === undefined) return false;
      unmet = unmet.filter((w) => w !== found);
      same.push(found.trigger);
      credited.add(recorded.trigger);
      return true;
    };
    let gone = this.recorded.filter((r) => !pair(r, (w) => w.trigger === r.trigger));
    // An event may be delivered late or twice: its command is then carried out in the place of another one's.
    gone = gone.filter((r) => {
      const late = r.command.type === 'OpenSession' || credited.has(r.trigger);
      return !(late && pair(r, (w) => w.trigger < r.index));
    });
    // Sessions are asked for by whatever could open them; once opened, the other askers have nothing left to do.
    unmet = unmet.filter((w) => {
      const opened =
        w.command.type === 'OpenSession' &&
        this.recorded.some((r) => r.index > w.trigger && equal(r.command, w.command));
      if (opened) same.push(w.trigger);
      return !opened;
    });
    return { gone, unmet, same };
  }
}

function isDue(task: Task | null, command: Command): boolean {
  if (task === null) return false;
  if (command.type === 'OpenSession') {
    const session = task.sessions.find(({ sessionId }) => sessionId === command.sessionId);
    return (
      task.status === 'running' &&
      session?.state === 'pending_session_create' &&
      session.attempt === command.attempt
    );
  }
  return (
    task.status !== 'error' &&
    task.stage === command.stage &&
    task.attempt === command.attempt &&
    !task.started
  );
}

const equal = (a: Command, b: Command): boolean => describeCommand(a) === describeCommand(b);

/** `create_sandbox, attempt 2`, `open session <id>`, or `nothing`. */
export function describeCommand(command: Command | null): string {
  if (command === null) return 'nothing';
  const what = command.type === 'RunStage' ? command.stage : `open session ${command.sessionId}`;
  return command.attempt === 1 ? what : `${what}, attempt ${command.attempt}`;
}
