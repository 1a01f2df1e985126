import fc from 'fast-check';
import { CommandRefusedError } from '../../src/commands/command-refused.js';
import { decide } from '../../src/commands/decide.js';
import type { Failure, StageOutcome, TaskCommand } from '../../src/commands/task-commands.js';
import type { TaskEvent } from '../../src/events/task/task-events.js';
import { nextSleepStep } from '../../src/events/task/lifecycle.js';
import { evolve } from '../../src/events/task/evolve.js';
import type { Task, TaskState } from '../../src/events/task/task-state.js';
import { STAGES, type Stage } from '../../src/events/task/vocabulary.js';
import { create, outcomes } from './task-commands.js';
import { NOW, seenChanges, SOON } from './task-history.js';

/** What somebody does next: either a fixed command, or one that fits the task as it is by then. */
type Move = (state: Task) => TaskCommand;

/** One command and what came of it. */
export interface Step {
  readonly before: TaskState;
  readonly command: TaskCommand;
  /** Undefined when the command was refused. */
  readonly events?: readonly TaskEvent[];
  readonly after: TaskState;
}

const at = NOW;
const sessionIds = ['s-1', 's-2', 's-3'];
const attempt = fc.integer({ min: 1, max: 4 });
const stage = fc.constantFrom(...STAGES);
const sessionId = fc.constantFrom(...sessionIds, create.sessionId);
const actionId = fc.constantFrom('a-1', 'a-2');
const failure: fc.Arbitrary<Failure> = fc.record({
  code: fc.constantFrom('git_failed' as const, 'branch_taken' as const),
  reason: fc.constant('it broke'),
  retryable: fc.boolean(),
  nextAttemptAt: fc.option(fc.constant(SOON), { nil: undefined }),
});

const COMMANDS: { readonly [T in TaskCommand['type']]: fc.Arbitrary<Extract<TaskCommand, { type: T }>> } = {
  CreateTask: fc.constant(create),
  StartStage: fc.record({ type: fc.constant('StartStage'), stage, attempt, at: fc.constant(at) }),
  CompleteStage: fc.record({
    type: fc.constant('CompleteStage'),
    attempt,
    at: fc.constant(at),
    outcome: stage.map((name): StageOutcome => outcomes[name]),
  }),
  FailStage: fc.record({
    type: fc.constant('FailStage'),
    stage,
    attempt,
    branchName: fc.constantFrom(null, outcomes.ensure_name.branchName),
    at: fc.constant(at),
    failure,
  }),
  GiveUpStage: fc.record({
    type: fc.constant('GiveUpStage'),
    stage,
    attempt,
    code: fc.constantFrom('poison_message' as const, 'internal_error' as const),
    reason: fc.constant('it ended every process'),
    at: fc.constant(at),
  }),
  QueueTask: fc.oneof(
    fc.constant({ type: 'QueueTask' as const, at }),
    fc.constant({ type: 'QueueTask' as const, for: 'live_tasks' as const, limit: 3, at }),
  ),
  AdmitTask: fc.constant({ type: 'AdmitTask', at }),
  SleepIfDue: fc
    .constantFrom(at, '2026-01-02T03:06:00.000Z', '2026-01-02T04:00:00.000Z')
    .map((when) => ({ type: 'SleepIfDue' as const, at: when })),
  NoteTyping: fc.constantFrom(at, SOON).map((until) => ({ type: 'NoteTyping' as const, until, at })),
  Wake: fc.constant({ type: 'Wake', at }),
  RequestSession: fc.record({ type: fc.constant('RequestSession'), sessionId, at: fc.constant(at) }),
  CompleteSession: fc.record({
    type: fc.constant('CompleteSession'),
    sessionId,
    agentSessionId: fc.constant('agent'),
    at: fc.constant(at),
  }),
  FailSession: fc.record({
    type: fc.constant('FailSession'),
    sessionId,
    attempt,
    at: fc.constant(at),
    failure,
  }),
  NoteSession: fc.record({
    type: fc.constant('NoteSession'),
    sessionId,
    summary: fc.record({
      activity: fc.constantFrom('working' as const, 'idle' as const),
      queuedPrompts: fc.constantFrom(0, 0, 1),
      unsurePrompts: fc.constant(0),
      pendingPermissions: fc.constant(0),
      permissionPolicy: fc.constant('ask' as const),
      modeId: fc.constant(null),
      modes: fc.constant([]),
      model: fc.constant(null),
      models: fc.constant([]),
      usage: fc.constant({}),
      lastEntryAt: fc.constant(at),
    }),
    at: fc.constant(at),
  }),
  DeleteKept: fc.constant({ type: 'DeleteKept', at }),
  RequestPush: fc.record({
    type: fc.constant('RequestPush'),
    actionId,
    push: fc.record({ message: fc.constant(null), includeUncommitted: fc.boolean(), force: fc.boolean() }),
    at: fc.constant(at),
  }),
  RequestPullRequest: fc.record({
    type: fc.constant('RequestPullRequest'),
    actionId,
    push: fc.constant({ message: null, includeUncommitted: true, force: false }),
    pullRequest: fc.constant({ title: 'A title', body: null, draft: false, base: null }),
    at: fc.constant(at),
  }),
  StartAction: fc.record({ type: fc.constant('StartAction'), actionId, attempt, at: fc.constant(at) }),
  NotePush: fc.record({
    type: fc.constant('NotePush'),
    actionId,
    commit: fc.constantFrom('a'.repeat(40), 'b'.repeat(40)),
    remote: fc.constant('https://github.com/acme/shop.git'),
    at: fc.constant(at),
  }),
  NotePullRequest: fc.record({
    type: fc.constant('NotePullRequest'),
    actionId,
    url: fc.constant('https://github.com/acme/shop/pull/7'),
    number: fc.constant(7),
    state: fc.constant('open'),
    at: fc.constant(at),
  }),
  FailAction: fc.record({ type: fc.constant('FailAction'), actionId, attempt, at: fc.constant(at), failure }),
  ObservePullRequest: fc.record({
    type: fc.constant('ObservePullRequest'),
    url: fc.constant('https://github.com/acme/shop/pull/7'),
    number: fc.constantFrom(7, 8),
    state: fc.constantFrom('open', 'merged'),
    checks: fc.constantFrom('none', 'passed'),
    at: fc.constant(at),
  }),
  RefreshChanges: fc.constant({ type: 'RefreshChanges', at }),
  NoteChanges: fc.record({
    type: fc.constant('NoteChanges'),
    seen: fc.constantFrom(0, 1, 2).map((uncommitted) => ({ ...seenChanges, uncommitted })),
    at: fc.constant(at),
  }),
  NoteChangesProblem: fc.record({
    type: fc.constant('NoteChangesProblem'),
    code: fc.constant('checkout_unreadable' as const),
    reason: fc.constantFrom('it is no checkout', 'its HEAD is gone'),
    at: fc.constant(at),
  }),
  Retry: fc.constant({ type: 'Retry', at }),
  Archive: fc.constant({ type: 'Archive', at }),
  Resume: fc.constant({ type: 'Resume', at }),
  Erase: fc.constant({ type: 'Erase', at }),
  Kill: fc.boolean().map((keepBranch) => ({ type: 'Kill', keepBranch, at })),
};
/** Any command, at any time: a new one is asked as well, or this does not compile. */
const fixed: fc.Arbitrary<TaskCommand> = fc.oneof(...Object.values(COMMANDS));

const stageOf = (task: Task): Stage => task.stage ?? 'ensure_name';
const pendingSession = (task: Task) =>
  task.sessions.find(({ state }) => state === 'pending_session_create') ?? task.sessions[0]!;

/** What the saga would do: without these a random walk would hardly ever come to run. */
const fitting: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Move>((task) => start(task)) },
  { weight: 4, arbitrary: fc.constant<Move>((task) => complete(task)) },
  {
    weight: 2,
    arbitrary: failure.map((why): Move => (task) => ({
      type: 'FailStage',
      stage: stageOf(task),
      attempt: task.attempt,
      branchName: task.branchName,
      at,
      failure: why,
    })),
  },
  { weight: 1, arbitrary: fc.constant<Move>((task) => giveUp(task)) },
  {
    weight: 2,
    arbitrary: fc.constant<Move>((task) => sleepStep(task)),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Move>((task) => ({
      type: 'CompleteSession',
      sessionId: pendingSession(task).sessionId,
      agentSessionId: 'agent',
      at,
    })),
  },
  {
    weight: 1,
    arbitrary: failure.map((why): Move => (task) => {
      const session = pendingSession(task);
      return {
        type: 'FailSession',
        sessionId: session.sessionId,
        attempt: session.attempt,
        at,
        failure: why,
      };
    }),
  },
);

export const start = (task: Task): TaskCommand => ({
  type: 'StartStage',
  stage: stageOf(task),
  attempt: task.attempt,
  at,
});
export const giveUp = (task: Task): TaskCommand => ({
  type: 'GiveUpStage',
  stage: stageOf(task),
  attempt: task.attempt,
  code: 'poison_message',
  reason: 'it ended every process',
  at,
});
export const complete = (task: Task): TaskCommand => ({
  type: 'CompleteStage',
  attempt: task.attempt,
  at,
  outcome: stageOf(task) === 'ensure_name' ? named(task) : outcomes[stageOf(task)],
});
const named = ({ takenBranches }: Task): StageOutcome => {
  const { title, branchName } = outcomes.ensure_name;
  const suffix = takenBranches.length === 0 ? '' : `-${takenBranches.length + 1}`;
  return { stage: 'ensure_name', title, branchName: `${branchName}${suffix}` };
};

/** Carries out one command; the state is frozen, so that a decider that writes to it is found out. */
export function step(before: TaskState, command: TaskCommand): Step {
  deepFreeze(before);
  try {
    const events = decide(command, before);
    return { before, command, events, after: events.reduce(evolve, before) };
  } catch (error) {
    if (!(error instanceof CommandRefusedError)) throw error;
    return { before, command, after: before };
  }
}

const sleepStep = (task: Task): TaskCommand => ({ type: 'SleepIfDue', at: nextSleepStep(task) ?? at });
/** To where a task runs. */
const RUN: readonly Move[] = [start, complete, complete, complete, complete];

/** Any sequence of commands and outcomes in the life of one task, as the steps that it took. */
export const taskWalks: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    // Some stop by themselves.
    fc.constantFrom(create, { ...create, idleStopAfter: 60 }, { ...create, maxAge: 60 }),
    // Some run, or sleep, before anything else happens to them.
    fc.constantFrom<readonly Move[]>([], RUN, [...RUN, sleepStep, sleepStep, start, complete]),
    fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fitting },
        {
          weight: 1,
          arbitrary: fixed.map(
            (command): Move =>
              () =>
                command,
          ),
        },
      ),
      { maxLength: 60 },
    ),
  )
  .map(([first, begun, moves]) => {
    const steps = [step(null, first)];
    for (const move of [...begun, ...moves]) {
      const state = steps.at(-1)!.after!;
      steps.push(step(state, move(state)));
    }
    return steps;
  });

export const eventsOf = (steps: readonly Step[]): TaskEvent[] => steps.flatMap(({ events }) => events ?? []);

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(deepFreeze);
}
