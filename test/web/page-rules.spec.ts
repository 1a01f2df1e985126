import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { may } from '../../src/access/permissions.js';
import { CommandRefusedError } from '../../src/commands/command-refused.js';
import { decide } from '../../src/commands/decide.js';
import type { TaskCommand } from '../../src/commands/task-commands.js';
import { nextSleepStep } from '../../src/events/task/lifecycle.js';
import { toTaskRecord } from '../../src/events/task/task-record.js';
import { evolve } from '../../src/events/task/evolve.js';
import type { TaskState } from '../../src/events/task/task-state.js';
import { STAGES, STATUS_OF_STAGE, TASK_STATUSES, type TaskStatus } from '../../src/events/task/vocabulary.js';
import { ROLES_OF_CALLERS } from '../../src/events/access/token-events.js';
import { managesIn } from '../../web/src/access/manages.js';
import { TaskStore } from '../../web/src/live/task-store.js';
import { matchesStatus, STATUS_FILTERS } from '../../web/src/task/filter.js';
import { legalActions } from '../../web/src/task/legal.js';
import { stageTimeline } from '../../web/src/task/stage-timeline.js';
import { STAGE_OF_STATUS } from '../../web/src/task/vocabulary.js';

/* The page decides some things for itself. Here they are compared with the code that has the say. */

const AT = '2026-01-01T00:00:00.000Z';
const TASK_ID = '00000000-0000-4000-8000-000000000001';
const create: TaskCommand = {
  type: 'CreateTask',
  taskId: TASK_ID,
  workspaceId: 'default',
  projectId: TASK_ID,
  repoRemote: 'https://git.example.com/acme/shop.git',
  task: 'x',
  providerId: 'simulated',
  agentType: 'mock',
  sessionId: TASK_ID,
  idleStopAfter: 60,
  at: AT,
};

/** What may come next for a task: an outcome of its stage, or what people do. */
function commandsFor(state: TaskState): TaskCommand[] {
  const people: TaskCommand[] = [
    { type: 'Retry', at: AT },
    { type: 'Archive', at: AT },
    { type: 'Resume', at: AT },
    { type: 'Kill', keepBranch: false, at: AT },
  ];
  if (state === null) return [create];
  const sleep: TaskCommand = { type: 'SleepIfDue', at: nextSleepStep(state) ?? AT };
  if (state.stage === null) return [...people, sleep, sleep];
  const { stage, attempt } = state;
  const outcome = {
    ensure_name: { stage, title: 'x', branchName: 'x' },
    create_sandbox: { stage, sandboxId: 'x', setupScript: state.taskId.length % 2 === 0 },
    run_setup: { stage, output: 'x' },
    ensure_agent: { stage },
    create_session: { stage, agentSessionId: 'x' },
    release_sandbox: { stage },
    destroy_sandbox: { stage },
  }[stage] as Extract<TaskCommand, { type: 'CompleteStage' }>['outcome'];
  const goingOn: TaskCommand[] = state.started
    ? [{ type: 'CompleteStage', attempt, outcome, at: AT }]
    : [{ type: 'StartStage', stage, attempt, at: AT }];
  return [
    // Weighted, so that lives get somewhere.
    ...Array<TaskCommand[]>(10).fill(goingOn).flat(),
    {
      type: 'FailStage',
      stage,
      attempt,
      at: AT,
      failure: { code: 'unexpected', reason: 'x', retryable: false },
    },
    {
      type: 'FailStage',
      stage,
      attempt,
      at: AT,
      failure: { code: 'unexpected', reason: 'x', retryable: true, nextAttemptAt: AT },
    },
    ...people,
  ];
}

/** Lives of tasks: at each step one of what is possible then. */
const lives = fc.array(fc.nat(20), { minLength: 1, maxLength: 30 }).map((choices) => {
  let state: TaskState = null;
  const events = [];
  for (const choice of [0, ...choices]) {
    const possible = commandsFor(state);
    const made = attempt(possible[choice % possible.length]!, state);
    for (const event of made ?? []) {
      state = evolve(state, event);
      events.push({ event, state: state! });
    }
  }
  return events;
});

/** The events of the command, or null where it is refused. */
function attempt(command: TaskCommand, state: TaskState) {
  try {
    return decide(command, state);
  } catch (error) {
    if (error instanceof CommandRefusedError) return null;
    throw error;
  }
}

const recordOf = (state: TaskState, position: number) =>
  toTaskRecord({ state, revision: BigInt(position), position: BigInt(position) })!;

describe('the page’s own rules', () => {
  it('enables a button exactly where its command has an effect', () => {
    const seen = new Set<TaskStatus>();
    fc.assert(
      fc.property(lives, (life) => {
        for (const { state } of life) {
          seen.add(state.status);
          const has = (command: TaskCommand) => (attempt(command, state)?.length ?? 0) > 0;
          expect({ status: state.status, ...legalActions(recordOf(state, 1)) }).toEqual({
            status: state.status,
            retry: has({ type: 'Retry', at: AT }),
            archive: has({ type: 'Archive', at: AT }),
            resume: has({ type: 'Resume', at: AT }),
            kill: has({ type: 'Kill', keepBranch: false, at: AT }),
            session: has({ type: 'RequestSession', sessionId: 'new', at: AT }),
          });
        }
      }),
      { numRuns: 500 },
    );
    // Some statuses are rare: whether a life gets there at all is asked of as many as it takes.
    for (let tries = 0; tries < 100 && seen.size < TASK_STATUSES.length; tries++)
      for (const { state } of fc.sample(lives, 500).flat()) seen.add(state.status);
    expect(seen).toEqual(new Set(TASK_STATUSES));
  });

  it('shows the stage that the record says, from whatever moment of a life it begins', () => {
    fc.assert(
      fc.property(lives, fc.nat(60), (life, cut) => {
        const history = life.map(({ event }, revision) => ({
          position: String(revision),
          revision,
          type: event.type,
          time: AT,
          data: event.data,
          metadata: {},
        }));
        const { state } = life.at(-1)!;
        const task = recordOf(state, life.length);
        // The history may be read less far than the record is.
        const stages = stageTimeline(task, history.slice(0, cut));
        const view = stages.find(({ stage }) => stage === task.stage);
        if (task.status === 'running') expect(stages.every((each) => each.state === 'done')).toBe(true);
        if (task.status === 'error') expect(view!.state).toBe('failed');
        if (state.started)
          expect(stageTimeline(task, history).find(({ stage }) => stage === task.stage)!.state).toBe(
            'active',
          );
        expect(
          stages.filter((each) => each.state === 'active' || each.state === 'between').length,
        ).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });

  it('knows which stage a status means, and which statuses a filter takes', () => {
    // A setup is a part of making the sandbox.
    for (const stage of STAGES.filter((each) => each !== 'run_setup'))
      expect(STAGE_OF_STATUS[STATUS_OF_STAGE[stage]]).toBe(stage);
    for (const status of TASK_STATUSES) {
      const record = { ...recordOf(evolve(null, attempt(create, null)![0]!), 1), status };
      const taking = STATUS_FILTERS.filter(({ value }) => value !== '' && matchesStatus(record, value));
      expect(taking.length).toBe(1);
    }
  });

  it('keeps of each task the record of the highest position, in whatever order they come', () => {
    const base = recordOf(evolve(null, attempt(create, null)![0]!), 1);
    fc.assert(
      fc.property(
        fc.array(fc.record({ task: fc.nat(3), position: fc.nat(1_000) }), { minLength: 1 }),
        (frames) => {
          const store = new TaskStore();
          for (const { task, position } of frames)
            store.apply({ ...base, taskId: String(task), position: String(position) });
          store.announce();
          for (const [taskId, { position }] of store.all()) {
            const own = frames.filter(({ task }) => String(task) === taskId);
            expect(Number(position)).toBe(Math.max(...own.map((frame) => frame.position)));
          }
        },
      ),
    );
  });
});

describe('the page', () => {
  it.each(
    ROLES_OF_CALLERS.flatMap((role) =>
      ['acme', 'labs', '*'].map((workspaceId) => [role, workspaceId] as const),
    ),
  )('leads %s of %s to who did what exactly where the service lets them', (role, workspaceId) => {
    const grant = { role, workspaceId };
    const place = { workspaceId: 'acme', actor: null };
    expect(managesIn({ workspaces: [{ role: 'viewer', workspaceId: 'acme' }, grant] }, 'acme')).toBe(
      may({ ...grant, actor: 'user:jane' }, 'manage', place),
    );
  });
});
