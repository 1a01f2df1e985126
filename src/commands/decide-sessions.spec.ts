import { describe, expect, it } from '@jest/globals';
import { completeSession, failSession, now, requestSession } from '../../test/support/task-commands.js';
import {
  FIRST_SESSION,
  HISTORIES,
  NOW,
  SECOND_SESSION,
  SOON,
  THIRD_SESSION,
  failedIn,
  killRequested,
  sessionCreated,
  sessionFailed,
  sessionRequested,
} from '../../test/support/task-history.js';
import { fold, given } from '../../test/support/task-spec.js';
import { TASK_STATUSES } from '../events/task/vocabulary.js';
import { MAX_SESSIONS } from './decide.js';
import type { TaskCommand } from './task-commands.js';

const { running } = HISTORIES;

describe('further sessions', () => {
  it.each(TASK_STATUSES.filter((status) => status.startsWith('init_') || status === 'error'))(
    'asked for at %s wait for the environment',
    (status) => {
      const state = fold([...HISTORIES[status], sessionRequested()]);
      expect(state!.sessions[1]).toMatchObject({ sessionId: SECOND_SESSION, state: 'pending_provision' });
    },
  );

  it('asked for while the task runs wait for their creation', () =>
    given(running)
      .when({ ...requestSession(), agentType: 'claude', prompt: 'and the tests?' } as TaskCommand)
      .then([
        {
          type: 'SessionRequested',
          data: { sessionId: SECOND_SESSION, agentType: 'claude', prompt: 'and the tests?', at: NOW },
        },
      ])
      .leaves({
        status: 'running',
        sessions: [expect.anything(), expect.objectContaining({ state: 'pending_session_create' })] as never,
      }));

  it('become due all together when the task comes to run', () => {
    const waiting = [
      ...HISTORIES.init_create_session,
      sessionRequested(SECOND_SESSION),
      sessionRequested(THIRD_SESSION),
    ];
    given(waiting).when(completeSession()).thenNothing();
    expect(fold([...waiting, sessionCreated()])!.sessions.map(({ state }) => state)).toEqual([
      'ready',
      'pending_session_create',
      'pending_session_create',
    ]);
  });

  it('are asked for once, however often the request is repeated', () => {
    given([...running, sessionRequested()])
      .when(requestSession())
      .thenNothing();
    given([...running, sessionRequested(), sessionCreated(SECOND_SESSION)])
      .when(requestSession())
      .thenNothing();
    given(running).when(requestSession(FIRST_SESSION)).thenNothing();
  });

  it('are opened once', () => {
    const asked = [...running, sessionRequested()];
    given(asked)
      .when(completeSession())
      .then([now(sessionCreated(SECOND_SESSION))])
      .leaves({
        status: 'running',
        sessions: [
          expect.anything(),
          expect.objectContaining({ state: 'ready', agentSessionId: `agent-${SECOND_SESSION}` }),
        ] as never,
      });
    given([...asked, sessionCreated(SECOND_SESSION)])
      .when(completeSession())
      .thenNothing();
    given([...asked, sessionCreated(SECOND_SESSION)])
      .when(failSession(SECOND_SESSION, 1))
      .thenNothing();
  });

  it('are tried again at their time, attempt by attempt', () => {
    const asked = [...running, sessionRequested()];
    given(asked)
      .when(failSession(SECOND_SESSION, 1, { nextAttemptAt: SOON }))
      .then([now(sessionFailed(SECOND_SESSION, 1, SOON))])
      .leaves({ sessions: [expect.anything(), expect.objectContaining({ attempt: 2 })] as never });
    const second = [...asked, sessionFailed(SECOND_SESSION, 1, SOON)];
    given(second).when(failSession(SECOND_SESSION, 1)).thenNothing();
    given(second)
      .when(failSession(SECOND_SESSION, 2))
      .then([now(sessionFailed(SECOND_SESSION, 2))])
      .leaves({
        status: 'running',
        sessions: [
          expect.objectContaining({ state: 'ready' }),
          expect.objectContaining({ state: 'error', error: 'no answer' }),
        ] as never,
      });
  });

  it('end at once when another attempt would be no use', () =>
    given([...running, sessionRequested()])
      .when(failSession(SECOND_SESSION, 1, { retryable: false, nextAttemptAt: SOON }))
      .then([now(sessionFailed(SECOND_SESSION, 1))])
      .leaves({ sessions: [expect.anything(), expect.objectContaining({ state: 'error' })] as never }));

  it('are not opened for a task that is on its way out', () => {
    const leaving = [...running, sessionRequested(), killRequested()];
    given(leaving).when(completeSession()).thenNothing();
    given(leaving).when(failSession(SECOND_SESSION, 1)).thenNothing();
  });

  it('are not taken for the first one, which is opened by its stage', () => {
    given(HISTORIES.init_create_session).when(completeSession(FIRST_SESSION)).thenNothing();
    given(running).when(failSession(FIRST_SESSION, 1)).thenNothing();
  });

  it.each(['release_sandbox', 'destroy_sandbox'] as const)(
    'are refused when the task was on its way out and %s failed: it never comes to run again',
    (stage) => given(failedIn(stage)).when(requestSession()).thenRefused('task_is_over'),
  );

  it(`are at most ${MAX_SESSIONS} with the first one`, () => {
    const further = Array.from({ length: MAX_SESSIONS - 1 }, (_, n) => sessionRequested(`session-${n}`));
    given([...running, ...further.slice(1)])
      .when(requestSession())
      .then([now(sessionRequested())]);
    given([...running, ...further])
      .when(requestSession())
      .thenRefused('too_many_sessions');
    given([...running, ...further])
      .when(requestSession('session-7'))
      .thenNothing();
  });
});
