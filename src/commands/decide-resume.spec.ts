import { describe, it, expect } from '@jest/globals';
import { archive, complete, now, resume, start } from '../../test/support/task-commands.js';
import {
  FIRST_SESSION,
  HISTORIES,
  SECOND_SESSION,
  agentStarted,
  archiveRequested,
  created,
  failedIn,
  resumeRequested,
  retryRequested,
  sandboxReleased,
  sessionCreated,
  sessionRequested,
  started,
  taskArchived,
} from '../../test/support/task-history.js';
import { given } from '../../test/support/task-spec.js';
import type { TaskEvent } from '../events/task/task-events.js';

/** Archived after what had happened by then. */
const archivedAfter = (history: readonly TaskEvent[]) => [
  ...history,
  archiveRequested(),
  started('release_sandbox'),
  sandboxReleased(),
  taskArchived(),
];
/** The first session is one that people work in. */
const worked: TaskEvent = {
  type: 'SessionCreated',
  data: { ...sessionCreated().data, worksInStream: true } as never,
};
const worksIn = [...HISTORIES.init_create_session, worked];
const askedAgain = [retryRequested('ensure_agent'), resumeRequested()];
const states = (...expected: [string, string][]) =>
  expected.map(([sessionId, state]) => expect.objectContaining({ sessionId, state })) as never;

describe('an archived task that is resumed', () => {
  const resumed = [...archivedAfter(worksIn), ...askedAgain];

  it('has its agent started in the sandbox that was kept, and its sessions wait for that', () =>
    given(archivedAfter(worksIn))
      .when(resume)
      .then(askedAgain.map(now))
      .leaves({
        status: 'init_ensure_agent',
        stage: 'ensure_agent',
        attempt: 1,
        sandboxId: 'box-1',
        sessions: states([FIRST_SESSION, 'pending_provision']),
      }));

  it('runs as soon as the agent is there: its session is not opened again', () =>
    given([...resumed, started('ensure_agent')])
      .when(complete('ensure_agent'))
      .then([now(agentStarted())])
      .leaves({ status: 'running', stage: null, error: null, sessions: states([FIRST_SESSION, 'ready']) }));

  it('then opens the sessions that had waited when it was archived', () => {
    const waiting = archivedAfter([...worksIn, sessionRequested()]);
    given([...waiting, ...askedAgain, started('ensure_agent')])
      .when(complete('ensure_agent'))
      .then([now(agentStarted())])
      .leaves({ sessions: states([FIRST_SESSION, 'ready'], [SECOND_SESSION, 'pending_session_create']) });
  });

  it('opens its first session where it had none', () =>
    given([...archivedAfter(HISTORIES.init_create_session), ...askedAgain, started('ensure_agent')])
      .when(complete('ensure_agent'))
      .then([now(agentStarted()), now(started('create_session'))])
      .leaves({
        status: 'init_create_session',
        sessions: states([FIRST_SESSION, 'pending_session_create']),
      }));

  it('begins from the name where it had no sandbox', () =>
    given(archivedAfter([created(), started('ensure_name')]))
      .when(resume)
      .then([now(retryRequested('ensure_name')), now(resumeRequested())])
      .leaves({ status: 'init_ensure_name', stage: 'ensure_name' }));

  it('leaves sessions ended of which nobody knows what was said', () =>
    given([...archivedAfter(HISTORIES.running), ...askedAgain, started('ensure_agent')])
      .when(complete('ensure_agent'))
      .then([now(agentStarted())])
      .leaves({ status: 'running', sessions: states([FIRST_SESSION, 'ended']) }));

  it('is resumed once, however often that is asked', () => given(resumed).when(resume).thenNothing());

  it('can be archived again before its agent is there', () =>
    given([...resumed, started('ensure_agent')])
      .when(archive)
      .then([now(archiveRequested())])
      .leaves({ status: 'archiving' }));

  it('begins its stage once', () => {
    given(resumed)
      .when(start('ensure_agent'))
      .then([now(started('ensure_agent'))]);
  });

  it.each(['release_sandbox', 'ensure_agent', 'destroy_sandbox'] as const)(
    'is none whose %s has failed',
    (stage) => given(failedIn(stage)).when(resume).thenRefused('not_resumable'),
  );
});
