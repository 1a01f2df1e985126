import { describe, expect, it } from '@jest/globals';
import {
  complete,
  completeSession,
  create,
  fail,
  kill,
  archive,
  requestSession,
  retry,
  start,
} from '../../../test/support/task-commands.js';
import { DecidedTask, inOrder } from '../../../test/support/decided-task.js';
import { SECOND_SESSION, SOON, THIRD_SESSION } from '../../../test/support/task-history.js';
import { react } from '../../sagas/react.js';
import { parseMoment } from '../moment.js';
import { dryRunSaga } from './saga-dry-run.js';
import { describeCommand } from './task-comparison.js';

/** A task that the saga has brought to running, each command caused by what really wakes it. */
function runningTask(task = new DecidedTask()): DecidedTask {
  task.do(create);
  toRunning(task);
  return task;
}

const run = (task: DecidedTask, options: Parameters<typeof dryRunSaga>[1] = {}) =>
  dryRunSaga(inOrder(task.events), options);

const told = (result: Awaited<ReturnType<typeof dryRunSaga>>) =>
  result.differences.map((d) => `${d.type}: ${describeCommand(d.recorded)} → ${describeCommand(d.now)}`);

describe("the saga's dry run", () => {
  it('finds that what ran is what would run: a task from create to running', async () => {
    const task = runningTask();
    expect(task.state?.status).toBe('running');
    expect(await run(task)).toEqual({
      tasks: 1,
      commands: 4,
      same: 4,
      pending: 0,
      overtaken: 0,
      differences: [],
      unreadable: [],
    });
  });

  it('takes a failure, its next attempt, the give-up and a retry for what they were', async () => {
    const task = new DecidedTask();
    task.do(create);
    task.do(start('ensure_name'), task.last('TaskCreated'));
    task.do(fail('ensure_name', 1, { nextAttemptAt: SOON }), task.last('TaskCreated'));
    task.do(start('ensure_name', 2), task.last('StageFailed'));
    task.do(fail('ensure_name', 2), task.last('StageFailed'));
    task.do(retry);
    task.do(start('ensure_name'), task.last('RetryRequested'));
    task.do(complete('ensure_name'), task.last('RetryRequested'));
    const result = await run(task);
    expect(result).toMatchObject({ commands: 4, same: 4, differences: [] });
  });

  it('does not mistake what is still due, or what a kill overtook, for a difference', async () => {
    const due = new DecidedTask();
    due.do(create);
    expect(await run(due)).toMatchObject({ commands: 1, same: 0, pending: 1, differences: [] });
    due.do(archive);
    due.do(kill);
    due.do(start('destroy_sandbox'), due.last('KillRequested'));
    due.do(complete('destroy_sandbox'), due.last('KillRequested'));
    expect(await run(due)).toMatchObject({ commands: 3, same: 1, overtaken: 2, pending: 0, differences: [] });
  });

  it('counts a further session as commanded once its outcome is stored, whoever asked for it', async () => {
    const task = new DecidedTask();
    task.do(create);
    task.do(requestSession(SECOND_SESSION));
    task.do(requestSession(THIRD_SESSION));
    toRunning(task);
    task.do(completeSession(SECOND_SESSION), task.last('SessionCreated'));
    expect(await run(task)).toMatchObject({ commands: 6, same: 5, pending: 1, differences: [] });
    task.do(completeSession(THIRD_SESSION), task.last('SessionCreated'));
    expect(await run(task)).toMatchObject({ commands: 6, same: 6, pending: 0, differences: [] });
  });

  it('accepts two askers for one session: the second had nothing left to do', async () => {
    const task = runningTask();
    task.do(requestSession(SECOND_SESSION));
    task.do(requestSession(THIRD_SESSION));
    const [second, third] = task.events.filter(({ type }) => type === 'SessionRequested');
    task.do(completeSession(SECOND_SESSION), second);
    task.do(completeSession(THIRD_SESSION), third);
    expect(await run(task)).toMatchObject({ differences: [], pending: 0 });
  });

  it('tells a changed saga by what it would do otherwise, and only there', async () => {
    const changed: typeof react = (state, event) => {
      if (event.type === 'SandboxCreated') return { type: 'RunStage', stage: 'create_session', attempt: 1 };
      if (event.type === 'AgentStarted') return null;
      if (event.type === 'SessionCreated') return { type: 'RunStage', stage: 'release_sandbox', attempt: 1 };
      return react(state, event);
    };
    const result = await run(runningTask(), { react: changed });
    expect(told(result)).toEqual([
      'SandboxCreated: ensure_agent → create_session',
      'AgentStarted: create_session → nothing',
      'SessionCreated: nothing → release_sandbox',
    ]);
    expect(result.same).toBe(2);
  });

  it('does not hide a command that moved to an earlier event', async () => {
    const early: typeof react = (state, event) =>
      event.type === 'TaskCreated'
        ? { type: 'RunStage', stage: 'create_sandbox', attempt: 1 }
        : event.type === 'TaskNamed'
          ? null
          : react(state, event);
    expect(new Set(told(await run(runningTask(), { react: early })))).toEqual(
      new Set(['TaskCreated: ensure_name → create_sandbox', 'TaskNamed: create_sandbox → nothing']),
    );
  });

  it('compares only what follows from events since a moment, with the whole past behind it', async () => {
    const task = runningTask();
    const since = parseMoment(task.last('SandboxCreated').position.toString());
    expect(await run(task, { since })).toMatchObject({ commands: 2, same: 2, differences: [] });
    const never = parseMoment('9999999');
    expect(await run(task, { since: never })).toMatchObject({ tasks: 1, commands: 0, differences: [] });
    const silent: typeof react = () => null;
    expect(told(await run(task, { since, react: silent }))).toEqual([
      'SandboxCreated: ensure_agent → nothing',
      'AgentStarted: create_session → nothing',
    ]);
  });

  it('goes by the order of events where the metadata does not tell', async () => {
    const task = runningTask();
    const bare = task.events.map((event) => ({ ...event, metadata: {} }));
    expect(await dryRunSaga(inOrder(bare))).toMatchObject({ commands: 4, same: 4, differences: [] });
  });

  it('names a task that cannot be read, and goes on with the others', async () => {
    const [bad, good] = [
      new DecidedTask(),
      runningTask(new DecidedTask('7b0f7f2e-5a55-4a55-9a55-00000000000f')),
    ];
    bad.do(create);
    const broken = { ...bad.events[0]!, revision: 1n, type: 'TaskNamed', data: { title: 7 } };
    const result = await dryRunSaga(inOrder([...bad.events, broken, ...good.events]));
    expect(result.unreadable).toEqual([{ taskId: bad.taskId, reason: expect.stringContaining('TaskNamed') }]);
    expect(result).toMatchObject({ tasks: 2, same: 4, pending: 1, differences: [] });
  });
});

function toRunning(task: DecidedTask): void {
  task.do(start('ensure_name'), task.last('TaskCreated'));
  task.do(complete('ensure_name'), task.last('TaskCreated'));
  task.do(complete('create_sandbox'), task.last('TaskNamed'));
  task.do(complete('ensure_agent'), task.last('SandboxCreated'));
  task.do(complete('create_session'), task.last('AgentStarted'));
}
