import type { SleepReason, Deadline, LifecycleFold } from './lifecycle-state.js';
import type { TaskEvent, TaskEventType } from './task-events.js';
import type { SessionFold, Task, TaskState } from './task-state.js';

/** A warning comes so long before, at most; half of the time where that is shorter. */
const WARNING_MS = 300_000;

/** Events that come by themselves: whoever only looks on keeps no sandbox awake. */
const ONLOOKING: ReadonlySet<TaskEventType> = new Set([
  'ChangesObserved',
  'ChangesNotObserved',
  'PullRequestObserved',
  'SleepWarned',
]);

/** What a new task has of it; null where nothing limits it. */
export function lifecycleOf({
  idleStopAfter = 0,
  maxAge = 0,
}: {
  readonly idleStopAfter?: number;
  readonly maxAge?: number;
}): LifecycleFold | null {
  if (idleStopAfter === 0 && maxAge === 0) return null;
  return {
    idleStopAfter: idleStopAfter || null,
    maxAge: maxAge || null,
    awakeSince: null,
    idleSince: null,
    warned: null,
    asleep: null,
  };
}

/** The lifecycle after the event. @param before the task as it was, @param after as the event leaves it but for this */
export function lived(before: Task, after: Task, event: TaskEvent): LifecycleFold | null {
  const { lifecycle } = before;
  if (lifecycle === null) return null;
  const asleep = asleepAfter(before, event);
  if (after.status !== 'running')
    return { ...lifecycle, asleep, awakeSince: null, idleSince: null, typedUntil: undefined, warned: null };
  const { at } = event.data;
  const since = ONLOOKING.has(event.type) ? (lifecycle.idleSince ?? at) : at;
  const idleSince = isBusy(after) ? null : since;
  return {
    ...lifecycle,
    asleep,
    awakeSince: lifecycle.awakeSince ?? at,
    idleSince,
    typedUntil: event.type === 'TerminalUsed' ? event.data.until : lifecycle.typedUntil,
    warned: warnedAfter(lifecycle, idleSince, event),
  };
}

function asleepAfter({ lifecycle, sessions }: Task, event: TaskEvent): LifecycleFold['asleep'] {
  switch (event.type) {
    case 'ArchiveRequested': {
      const { sleep } = event.data;
      return sleep === undefined ? null : { for: sleep.for, at: sleep.deadline, isAsked: false };
    }
    case 'KillRequested':
    case 'ResumeRequested':
      return null;
    case 'SessionRequested':
      return lifecycle?.asleep ? { ...lifecycle.asleep, isAsked: true } : null;
    case 'SessionActivityChanged': {
      const asleep = lifecycle?.asleep ?? null;
      const session = sessions.find(({ sessionId }) => sessionId === event.data.sessionId);
      return asleep && { ...asleep, isAsked: asleep.isAsked || hasMorePrompts(session, event.data.summary) };
    }
    default:
      return lifecycle?.asleep ?? null;
  }
}

/** Whether somebody has asked something in the session since it was last looked at. */
export const hasMorePrompts = (
  session: SessionFold | undefined,
  { queuedPrompts }: NonNullable<SessionFold['summary']>,
): boolean => queuedPrompts > (session?.summary?.queuedPrompts ?? 0);

/** A warning holds until something happens; that of the age until the task sleeps. */
function warnedAfter(before: LifecycleFold, idleSince: string | null, event: TaskEvent): Deadline | null {
  if (event.type === 'SleepWarned') return { for: event.data.for, at: event.data.deadline };
  const { warned } = before;
  return warned?.for === 'idle' && idleSince !== before.idleSince ? null : warned;
}

/** Whether somebody works in the sandbox or waits for something of it; also where nothing is heard of that for long. */
function isBusy({ sessions, actions }: Task): boolean {
  return (
    sessions.some(isSessionBusy) || actions.some(({ state }) => state === 'requested' || state === 'running')
  );
}

function isSessionBusy({ state, worksInStream, summary }: SessionFold): boolean {
  if (state === 'pending_provision' || state === 'pending_session_create') return true;
  if (state !== 'ready') return false;
  // What is said in no stream tells nothing of what it does.
  if (summary === null) return worksInStream;
  const { activity, queuedPrompts, unsurePrompts, pendingPermissions } = summary;
  return (
    queuedPrompts + unsurePrompts + pendingPermissions > 0 ||
    (activity !== 'idle' && activity !== 'lost' && activity !== 'ended')
  );
}

const plus = (time: string, ms: number): string => new Date(Date.parse(time) + ms).toISOString();

/** When the task's sandbox stops unless something happens, or null: it does not, or not by itself. Pure. */
export function deadlineOf({ status, lifecycle }: Pick<Task, 'status' | 'lifecycle'>): Deadline | null {
  if (status !== 'running' || lifecycle === null) return null;
  const { idleStopAfter, maxAge, awakeSince, idleSince, typedUntil, warned } = lifecycle;
  const all: Deadline[] = [];
  if (idleStopAfter !== null && idleSince !== null) {
    const at = plus(idleSince, idleStopAfter * 1_000);
    all.push({ for: 'idle', at: typedUntil !== undefined && typedUntil > at ? typedUntil : at });
  }
  if (maxAge !== null && awakeSince !== null) all.push({ for: 'age', at: plus(awakeSince, maxAge * 1_000) });
  // Who was warned late (nobody was there to do it in time) is left the time that the warning gave.
  const told = all.map((each) => (warned?.for === each.for && warned.at > each.at ? warned : each));
  return told.sort((a, b) => (a.at < b.at ? -1 : 1))[0] ?? null;
}

const isWarned = ({ lifecycle }: Pick<Task, 'lifecycle'>, deadline: Deadline): boolean =>
  lifecycle?.warned?.for === deadline.for && lifecycle.warned.at === deadline.at;

/** How long before its deadline a sandbox's stop is warned of, in milliseconds. */
function warningMs({ lifecycle }: Pick<Task, 'lifecycle'>, { for: reason }: Deadline): number {
  const seconds = (reason === 'idle' ? lifecycle?.idleStopAfter : lifecycle?.maxAge) ?? 0;
  return Math.min(WARNING_MS, seconds * 500);
}

/** When something is to be done next about the task's deadline: a warning, or its stop. Null: never. */
export function nextSleepStep(task: Pick<Task, 'status' | 'lifecycle'>): string | null {
  const deadline = deadlineOf(task);
  if (deadline === null) return null;
  return isWarned(task, deadline) ? deadline.at : plus(deadline.at, -warningMs(task, deadline));
}

/** What is to be done at the time about the task's deadline. A warning always comes first, with its time left. Pure. */
export function sleepStep(
  task: TaskState,
  at: string,
): { readonly do: 'warn' | 'stop'; readonly deadline: Deadline } | null {
  const deadline = task && deadlineOf(task);
  if (!deadline || at < nextSleepStep(task)!) return null;
  if (isWarned(task, deadline)) return { do: 'stop', deadline };
  const left = plus(at, warningMs(task, deadline));
  return { do: 'warn', deadline: { for: deadline.for, at: left > deadline.at ? left : deadline.at } };
}

const DURATIONS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
] as const;

/** Seconds, in words for people. */
export function durationText(seconds: number): string {
  const [size, unit] = DURATIONS.find(([each]) => seconds >= each && seconds % each === 0) ?? [1, 's'];
  return `${seconds / size} ${unit}`;
}

/** Why the task sleeps, in words for people. */
export function sleepText({ lifecycle }: Pick<Task, 'lifecycle'>, reason: SleepReason): string {
  return reason === 'idle'
    ? `nothing happened for ${durationText(lifecycle?.idleStopAfter ?? 0)}`
    : `it was awake for ${durationText(lifecycle?.maxAge ?? 0)}`;
}
