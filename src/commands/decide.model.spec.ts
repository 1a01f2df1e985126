import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ARROWS } from '../../test/support/arrows.js';
import { complete, eventsOf, start, step, taskWalks, type Step } from '../../test/support/task-walk.js';
import { fold } from '../../test/support/task-spec.js';
import { NOW } from '../../test/support/task-history.js';
import { decode, encode } from '../events/task/fold.js';
import { asksForAnotherName, evolve } from '../events/task/evolve.js';
import type { TaskCommand } from './task-commands.js';
import type { Task, TaskState } from '../events/task/task-state.js';
import { TASK_STATUSES } from '../events/task/vocabulary.js';

const check = (property: (steps: readonly Step[]) => void) =>
  fc.assert(fc.property(taskWalks, property), { numRuns: 1_000 });

/** Every state that the walk passes, event by event. */
const states = (steps: readonly Step[]): Task[] => {
  const passed: Task[] = [];
  eventsOf(steps).reduce<TaskState>((state, event) => {
    const next = evolve(state, event);
    passed.push(next!);
    return next;
  }, null);
  return passed;
};

/** What the saga does when everything goes well. */
const LET_IN: TaskCommand = { type: 'AdmitTask', at: NOW };
const settle = (state: TaskState): Task => {
  let task = state!;
  for (let n = 0; task.stage !== null && n < 20; n++) {
    const next = task.queued === null ? (task.started ? complete(task) : start(task)) : LET_IN;
    task = step(task, next).after!;
  }
  return task;
};

describe('whatever is asked and whatever comes of it', () => {
  it('walks reach every status, so that these tests mean something', () => {
    const seen = new Set(fc.sample(taskWalks, 2_000).flatMap((steps) => states(steps).map((s) => s.status)));
    expect([...seen].sort()).toEqual([...TASK_STATUSES].sort());
  });

  it('the status moves along the arrows only', () =>
    check((steps) => {
      states(steps).reduce((before, after) => {
        if (after.status !== before.status) expect(ARROWS[before.status]).toContain(after.status);
        return after;
      });
    }));

  it('nothing happens after killed but that it is erased, once', () =>
    check((steps) => {
      const types = eventsOf(steps).map(({ type }) => type);
      const killed = types.indexOf('TaskKilled');
      if (killed >= 0) expect([[], ['TaskErased']]).toContainEqual(types.slice(killed + 1));
      else expect(types).not.toContain('TaskErased');
    }));

  it('stage and attempt say what is to be done, and nothing is to be done at rest', () =>
    check((steps) => {
      for (const { stage, attempt, started, status, error } of steps.map(({ after }) => after!)) {
        expect(stage === null).toBe(['running', 'archived', 'sleeping', 'killed'].includes(status));
        expect(attempt >= 1).toBe(stage !== null);
        if (stage === null || status === 'error') expect(started).toBe(false);
        expect(error !== null).toBe(status === 'error');
      }
    }));

  it('an intent is stored before its outcome, once for each attempt', () =>
    check((steps) => {
      let underWay: string | undefined;
      let done = new Set<string>();
      for (const { type, data } of eventsOf(steps)) {
        if (type === 'StageStarted') {
          underWay = `${data.stage}#${data.attempt}`;
          expect(done).not.toContain(underWay);
          done.add(underWay);
        } else if (type === 'StageFailed') {
          expect(underWay).toBe(`${data.stage}#${data.attempt}`);
          underWay = undefined;
          if (asksForAnotherName(data)) done = new Set();
        } else if (['TaskNamed', 'SandboxCreated', 'AgentStarted', 'SandboxReleased'].includes(type)) {
          expect(underWay).toBeDefined();
        } else if (['RetryRequested', 'ArchiveRequested', 'KillRequested'].includes(type)) {
          underWay = undefined;
          done = new Set();
        }
      }
    }));

  it('the sandbox is never forgotten once it was made', () =>
    check((steps) => {
      const made = eventsOf(steps).findIndex(({ type }) => type === 'SandboxCreated');
      if (made < 0) return;
      for (const { sandboxId } of states(steps).slice(made)) expect(sandboxId).toBe('box-1');
    }));

  it('each session is opened at most once', () =>
    check((steps) => {
      const opened = eventsOf(steps).flatMap(({ type, data }) =>
        type === 'SessionCreated' ? data.sessionId : [],
      );
      expect(new Set(opened).size).toBe(opened.length);
    }));

  it('a repeated command gives no events', () =>
    check((steps) => {
      for (const { command, events, after } of steps) {
        if (events === undefined) continue;
        const again = step(after, command);
        if (command.type === 'CreateTask') expect(again.events).toBeUndefined();
        else expect(again.events).toEqual([]);
      }
    }));

  it('every task can still be killed, and every task that is not over comes to rest', () =>
    check((steps) => {
      const { after } = steps.at(-1)!;
      const killed = settle(step(after, { type: 'Kill', keepBranch: false, at: NOW }).after);
      expect(killed.status).toBe('killed');
      const retried = settle(step(after, { type: 'Retry', at: NOW }).after);
      expect(['running', 'archived', 'sleeping', 'killed']).toContain(retried.status);
    }));

  it('what is stored reads back as the same task', () =>
    check((steps) => {
      const causation = { commandId: 'c', correlationId: 'c', causationId: 'c', actor: 'test' };
      const stored = encode(eventsOf(steps), causation).map(({ type, data, metadata }, n) => ({
        stream: 'task-1',
        revision: BigInt(n),
        type,
        data: JSON.parse(JSON.stringify(data)) as unknown,
        metadata,
      }));
      expect(fold(stored.map((event) => decode(event)!))).toEqual(steps.at(-1)!.after);
    }));
});
