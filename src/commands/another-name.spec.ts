import { describe, it, expect } from '@jest/globals';
import { complete, fail, outcomes } from '../../test/support/task-commands.js';
import { created, HISTORIES, named, NOW, started, TASK_ID } from '../../test/support/task-history.js';
import { fold, given } from '../../test/support/task-spec.js';
import type { TaskEvent } from '../events/task/task-events.js';
import { react } from '../sagas/react.js';

const taken = { code: 'branch_taken', reason: 'The repository has it.', retryable: false } as const;
const refused: TaskEvent = {
  type: 'StageFailed',
  data: {
    ...{ stage: 'create_sandbox', attempt: 1, ...taken },
    ...{ retryable: true, nextAttemptAt: NOW, at: NOW },
  },
};
const { init_create_sandbox: making } = HISTORIES;

describe('a branch that Slipway chose and the repository has', () => {
  it('is followed by another one: the task is named anew', () => {
    given(making)
      .when(fail('create_sandbox', 1, taken))
      .then([refused])
      .leaves({ stage: 'ensure_name', attempt: 1, started: false, error: null, branchName: null });
    const after = fold([...making, refused]);
    expect(after).toMatchObject({ takenBranches: ['fix-login-language'] });
    expect(react(after, refused)).toEqual({ type: 'RunStage', stage: 'ensure_name', attempt: 1 });
  });

  it('is not given once more by a worker that was out of touch', () => {
    const again = [...making, refused, started('ensure_name')];
    given(again).when(complete('ensure_name')).thenNothing();
    const outcome = { ...outcomes.ensure_name, branchName: 'fix-login-language-2' };
    given(again)
      .when({ type: 'CompleteStage', attempt: 1, at: NOW, outcome })
      .then([
        { type: 'TaskNamed', data: { title: outcome.title, branchName: outcome.branchName, at: NOW } },
        { type: 'StageStarted', data: { stage: 'create_sandbox', attempt: 1, at: NOW } },
      ]);
  });

  it('does not count against the name that came after it', () => {
    const renamed = { type: 'TaskNamed', data: { title: 't', branchName: 'another', at: NOW } } as const;
    given([...making, refused, started('ensure_name'), renamed, started('create_sandbox')])
      .when(fail('create_sandbox', 1, taken))
      .thenNothing();
  });

  it('is a clear end where the caller chose it', () => {
    const wished = [
      created({ branchName: 'fix-login-language' }),
      started('ensure_name'),
      named(),
      started('create_sandbox'),
    ];
    const { reason, code } = taken;
    given(wished)
      .when(fail('create_sandbox', 1, taken))
      .then([
        {
          type: 'StageFailed',
          data: { stage: 'create_sandbox', attempt: 1, ...taken, nextAttemptAt: undefined, at: NOW },
        },
        { type: 'ProvisioningFailed', data: { stage: 'create_sandbox', attempts: 1, code, reason, at: NOW } },
      ])
      .leaves({ taskId: TASK_ID, status: 'error', branchName: 'fix-login-language' });
  });
});
