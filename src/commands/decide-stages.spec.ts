import { describe, expect, it } from '@jest/globals';
import {
  complete,
  completeSession,
  fail,
  failSession,
  now,
  outcomes,
  start,
} from '../../test/support/task-commands.js';
import {
  HISTORIES,
  NOW,
  SECOND_SESSION,
  SOON,
  failedIn,
  provisioningFailed,
  sessionCreated,
  stageFailed,
  started,
} from '../../test/support/task-history.js';
import { fold, given } from '../../test/support/task-spec.js';
import { STAGES, TASK_STATUSES, type Stage, type TaskStatus } from '../events/task/vocabulary.js';
import { decide } from './decide.js';

describe('what the saga does, in every status', () => {
  const UNDER_WAY: Partial<Record<TaskStatus, Stage>> = {
    init_ensure_name: 'ensure_name',
    init_create_sandbox: 'create_sandbox',
    init_ensure_agent: 'ensure_agent',
    init_create_session: 'create_session',
    archiving: 'release_sandbox',
    killing: 'destroy_sandbox',
  };

  it.each(TASK_STATUSES)('at %s only the stage that is due can be started, and only once', (status) => {
    for (const stage of STAGES) {
      const isDue = status === 'init_enqueue_provision' && stage === 'ensure_name';
      given(HISTORIES[status])
        .when(start(stage))
        .then(isDue ? [now(started(stage))] : []);
    }
  });

  it.each(TASK_STATUSES)('at %s only the stage under way can end', (status) => {
    for (const stage of STAGES.filter((name) => name !== UNDER_WAY[status])) {
      given(HISTORIES[status]).when(complete(stage)).thenNothing();
      given(HISTORIES[status]).when(fail(stage)).thenNothing();
    }
  });

  it.each(Object.entries(UNDER_WAY) as [TaskStatus, Stage][])(
    'at %s outcomes of %s from another attempt come too late or too early',
    (status, stage) => {
      for (const attempt of [2, 7]) {
        given(HISTORIES[status]).when(complete(stage, attempt)).thenNothing();
        given(HISTORIES[status]).when(fail(stage, attempt)).thenNothing();
        given(HISTORIES[status]).when(start(stage, attempt)).thenNothing();
      }
    },
  );

  it.each(['StartStage', 'CompleteStage', 'FailStage', 'CompleteSession', 'FailSession'] as const)(
    '%s needs a task',
    (type) => {
      const commands = {
        StartStage: start('ensure_name'),
        CompleteStage: complete('ensure_name'),
        FailStage: fail('ensure_name'),
        CompleteSession: completeSession(),
        FailSession: failSession(SECOND_SESSION, 1),
      };
      given([]).when(commands[type]).thenRefused('task_not_found');
    },
  );
});

describe('provisioning', () => {
  it.each([
    {
      stage: 'ensure_name',
      history: HISTORIES.init_ensure_name,
      outcome: 'TaskNamed',
      next: 'create_sandbox',
    },
    {
      stage: 'create_sandbox',
      history: HISTORIES.init_create_sandbox,
      outcome: 'SandboxCreated',
      next: 'ensure_agent',
    },
    {
      stage: 'ensure_agent',
      history: HISTORIES.init_ensure_agent,
      outcome: 'AgentStarted',
      next: 'create_session',
    },
  ] as const)(
    'stores the end of $stage and the start of $next together',
    ({ stage, history, outcome, next }) => {
      const events = decide(complete(stage), fold(history));
      expect(events).toEqual([
        { type: outcome, data: { ...outcomes[stage], stage: undefined, at: NOW } },
        now(started(next)),
      ]);
      expect(fold([...history, ...events])).toMatchObject({ stage: next, attempt: 1, started: true });
    },
  );

  it('runs once the first session is there', () =>
    given(HISTORIES.init_create_session)
      .when(complete('create_session'))
      .then([now(sessionCreated())])
      .leaves({ status: 'running', stage: null, attempt: 0, error: null }));

  it('waits for the time of the next attempt', () =>
    given(HISTORIES.init_create_sandbox)
      .when(fail('create_sandbox', 1, { nextAttemptAt: SOON }))
      .then([now(stageFailed('create_sandbox', 1, SOON))])
      .leaves({ status: 'init_create_sandbox', attempt: 2, started: false }));

  it('then makes that attempt and no other', () => {
    const waiting = [...HISTORIES.init_create_sandbox, stageFailed('create_sandbox', 1, SOON)];
    given(waiting).when(start('create_sandbox', 1)).thenNothing();
    given(waiting).when(start('create_sandbox', 3)).thenNothing();
    given(waiting)
      .when(start('create_sandbox', 2))
      .then([now(started('create_sandbox', 2))])
      .leaves({ status: 'init_create_sandbox', attempt: 2, started: true });
  });

  it('takes no answer of an attempt that has failed already', () => {
    const second = [
      ...HISTORIES.init_create_sandbox,
      stageFailed('create_sandbox', 1, SOON),
      started('create_sandbox', 2),
    ];
    given(second).when(complete('create_sandbox', 1)).thenNothing();
    given(second).when(fail('create_sandbox', 1)).thenNothing();
  });

  it('ends in error when no attempt is left', () =>
    given(HISTORIES.init_ensure_agent)
      .when(fail('ensure_agent'))
      .then([now(stageFailed('ensure_agent')), now(provisioningFailed('ensure_agent'))])
      .leaves({
        status: 'error',
        stage: 'ensure_agent',
        attempt: 1,
        error: { stage: 'ensure_agent', attempts: 1, code: 'git_failed', reason: 'it broke', at: NOW },
      }));

  it('ends in error at once when another attempt would be no use, whatever the policy allows', () => {
    const events = decide(
      fail('create_sandbox', 1, { retryable: false, nextAttemptAt: SOON }),
      fold(HISTORIES.init_create_sandbox),
    );
    expect(events.map(({ type }) => type)).toEqual(['StageFailed', 'ProvisioningFailed']);
    expect(events[0]!.data).toMatchObject({ retryable: false, nextAttemptAt: undefined });
  });

  it('shows the first session in error when it could not be opened', () =>
    given(HISTORIES.init_create_session)
      .when(fail('create_session'))
      .then([now(stageFailed('create_session')), now(provisioningFailed('create_session'))])
      .leaves({
        status: 'error',
        sessions: [expect.objectContaining({ state: 'error', error: 'it broke' })] as never,
      }));

  it.each(STAGES.filter((stage) => !['ensure_name', 'create_sandbox'].includes(stage)))(
    'never forgets the sandbox: a failure of %s keeps its id',
    (stage) => {
      expect(fold(failedIn(stage))).toMatchObject({ status: 'error', sandboxId: 'box-1' });
    },
  );
});
