import { describe, expect, it } from '@jest/globals';
import { stageTimeline } from '../../web/src/task/stage-timeline.js';
import { failed, history, SESSION_ID, START, task, timeOf } from './task-view.js';

const at = (second: number) => START + second * 1_000;
const statesOf = (...args: Parameters<typeof stageTimeline>) =>
  Object.fromEntries(stageTimeline(...args).map(({ stage, state }) => [stage, state]));

describe('the timeline of the stages', () => {
  it('has the times of each from the history', () => {
    const life = history(
      [0, 'TaskCreated'],
      [1, 'StageStarted', { stage: 'ensure_name', attempt: 1 }],
      [3, 'TaskNamed'],
      [3, 'StageStarted', { stage: 'create_sandbox', attempt: 1 }],
    );
    const [name, sandbox, agent] = stageTimeline(
      task({ status: 'init_create_sandbox', stage: 'create_sandbox' }),
      life,
    );
    expect(name).toMatchObject({ state: 'done', since: at(1), until: at(3) });
    expect(sandbox).toMatchObject({ state: 'active', since: at(3), attemptSince: at(3), until: null });
    expect(agent).toMatchObject({ state: 'waiting', since: null });
  });

  it('has a setup between sandbox and agent, where there is one', () => {
    const stages = (over: Parameters<typeof task>[0]) =>
      stageTimeline(task(over), []).map(({ stage }) => stage);
    const setup = { source: 'task', state: 'running', output: null } as const;
    const under = { status: 'init_create_sandbox', stage: 'run_setup', setup } as const;
    expect(stages(under)).toEqual([
      'ensure_name',
      'create_sandbox',
      'run_setup',
      'ensure_agent',
      'create_session',
    ]);
    expect(stages({})).not.toContain('run_setup');
    expect(statesOf(task(under), [])).toMatchObject({
      create_sandbox: 'done',
      run_setup: 'active',
      ensure_agent: 'waiting',
    });
    const life = history([2, 'StageStarted', { stage: 'run_setup', attempt: 1 }], [5, 'SetupFinished']);
    expect(
      stageTimeline(task({ ...under, stage: 'ensure_agent', status: 'init_ensure_agent' }), life)[2],
    ).toMatchObject({ stage: 'run_setup', state: 'done', since: at(2), until: at(5) });
  });

  it('counts from the first attempt, and shows the wait for the next with its reason', () => {
    const life = history(
      [1, 'StageStarted', { stage: 'ensure_name', attempt: 1 }],
      [2, 'StageFailed', { stage: 'ensure_name', attempt: 1, reason: 'away', nextAttemptAt: timeOf(7) }],
    );
    const view = () => stageTimeline(task({ attempt: 2 }), life)[0];
    expect(view()).toMatchObject({ state: 'between', attempt: 2, reason: 'away', nextAttemptAt: at(7) });
    life.push(...history([7, 'StageStarted', { stage: 'ensure_name', attempt: 2 }]));
    expect(view()).toMatchObject({
      state: 'active',
      attempt: 2,
      since: at(1),
      attemptSince: at(7),
      nextAttemptAt: null,
    });
  });

  it('begins a stage anew with a retry, and stops what is open with a kill', () => {
    const started = [1, 'StageStarted', { stage: 'ensure_name', attempt: 1 }] as const;
    const gaveUp = [2, 'StageFailed', { stage: 'ensure_name', attempt: 1, reason: 'no' }] as const;
    const inError = task(failed('ensure_name', 'timeout'));
    expect(stageTimeline(inError, history(started, gaveUp))[0]).toMatchObject({
      state: 'failed',
      until: at(2),
      reason: 'no',
    });
    const retried = history(started, gaveUp, [5, 'RetryRequested', { stage: 'ensure_name' }]);
    expect(stageTimeline(task({ stage: null }), retried)[0]).toMatchObject({ state: 'waiting', since: null });
    const killed = history(started, [2, 'KillRequested', { keepBranch: false }]);
    expect(statesOf(task({ status: 'killing', stage: 'destroy_sandbox' }), killed)).toEqual({
      ensure_name: 'stopped',
      create_sandbox: 'stopped',
      ensure_agent: 'stopped',
      create_session: 'stopped',
      destroy_sandbox: 'active',
    });
  });

  it('takes only the first session for the stage, and the record’s word where the history is behind', () => {
    const other = history([9, 'SessionCreated', { sessionId: 'another' }]);
    expect(statesOf(task({ status: 'init_create_session', stage: 'create_session' }), other)).toMatchObject({
      ensure_agent: 'done',
      create_session: 'active',
    });
    const own = history([9, 'SessionCreated', { sessionId: SESSION_ID }]);
    expect(stageTimeline(task({ status: 'running', stage: null }), own).map(({ state }) => state)).toEqual(
      Array(4).fill('done'),
    );
  });
});
