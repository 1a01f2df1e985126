import { describe, expect, it } from '@jest/globals';
import {
  archive,
  complete,
  completeSession,
  create,
  fail,
  failSession,
  kill,
  now,
  requestSession,
  resume,
  retry,
  start,
} from '../../test/support/task-commands.js';
import {
  AT,
  FIRST_SESSION,
  HISTORIES,
  NOW,
  SECOND_SESSION,
  TASK_ID,
  THIRD_SESSION,
  archiveRequested,
  created,
  failedIn,
  killRequested,
  named,
  resumeRequested,
  retryRequested,
  sandboxCreated,
  sessionCreated,
  sessionRequested,
  started,
} from '../../test/support/task-history.js';
import { fold, given } from '../../test/support/task-spec.js';
import type { TaskEvent } from '../events/task/task-events.js';
import { STAGES, TASK_STATUSES, type TaskStatus } from '../events/task/vocabulary.js';
import type { RefusalCode } from './command-refused.js';

const { running, killing, killed, archived, archiving } = HISTORIES;

describe('what people ask for, in every status', () => {
  type Answer = TaskEvent | readonly TaskEvent[] | 'nothing' | RefusalCode;
  const archiveIt = archiveRequested();
  const killIt = killRequested();
  const session = sessionRequested();
  const resumeIt = [retryRequested('ensure_agent'), resumeRequested()];
  type Asked = 'retry' | 'archive' | 'resume' | 'kill' | 'requestSession';
  const table: Record<TaskStatus, Record<Asked, Answer>> = {
    init_enqueue_provision: {
      retry: 'nothing',
      archive: archiveIt,
      resume: 'nothing',
      kill: killIt,
      requestSession: session,
    },
    init_ensure_name: {
      retry: 'nothing',
      archive: archiveIt,
      resume: 'nothing',
      kill: killIt,
      requestSession: session,
    },
    init_create_sandbox: {
      retry: 'nothing',
      archive: archiveIt,
      resume: 'nothing',
      kill: killIt,
      requestSession: session,
    },
    init_ensure_agent: {
      retry: 'nothing',
      archive: archiveIt,
      resume: 'nothing',
      kill: killIt,
      requestSession: session,
    },
    init_create_session: {
      retry: 'nothing',
      archive: archiveIt,
      resume: 'nothing',
      kill: killIt,
      requestSession: session,
    },
    running: {
      retry: 'not_retryable',
      archive: archiveIt,
      resume: 'nothing',
      kill: killIt,
      requestSession: session,
    },
    error: {
      retry: retryRequested('ensure_agent'),
      archive: archiveIt,
      resume: 'not_resumable',
      kill: killIt,
      requestSession: session,
    },
    archiving: {
      retry: 'nothing',
      archive: 'nothing',
      resume: 'not_resumable',
      kill: killIt,
      requestSession: 'task_is_over',
    },
    sleeping: {
      retry: 'not_retryable',
      archive: archiveIt,
      resume: resumeIt,
      kill: killIt,
      requestSession: [session, ...resumeIt],
    },
    archived: {
      retry: 'not_retryable',
      archive: 'nothing',
      resume: resumeIt,
      kill: killIt,
      requestSession: 'task_is_over',
    },
    killing: {
      retry: 'nothing',
      archive: 'not_archivable',
      resume: 'not_resumable',
      kill: 'nothing',
      requestSession: 'task_is_over',
    },
    killed: {
      retry: 'not_retryable',
      archive: 'not_archivable',
      resume: 'not_resumable',
      kill: 'nothing',
      requestSession: 'task_is_over',
    },
  };
  const commands = { retry, archive, resume, kill, requestSession: requestSession() };

  it.each(
    TASK_STATUSES.flatMap((status) =>
      (Object.keys(commands) as (keyof typeof commands)[]).map((name) => ({
        status,
        name,
        answer: table[status][name],
      })),
    ),
  )('$name at $status', ({ status, name, answer }) => {
    const decision = given(HISTORIES[status]).when(commands[name]);
    if (typeof answer !== 'string') decision.then([answer].flat().map(now));
    else if (answer === 'nothing') decision.thenNothing();
    else decision.thenRefused(answer);
  });

  it.each(['retry', 'archive', 'resume', 'kill', 'requestSession'] as const)('%s needs a task', (name) =>
    given([]).when(commands[name]).thenRefused('task_not_found'),
  );

  it.each(TASK_STATUSES)('the history of %s ends in that status', (status) => {
    expect(fold(HISTORIES[status])).toMatchObject({ status, updatedAt: AT });
  });
});

describe('creating', () => {
  it('stores everything that was asked for in one event', () =>
    given([])
      .when({ ...create, title: 'Language', branchName: 'mine', onBranch: 'main', requestHash: 'abc' })
      .then([now(created({ title: 'Language', branchName: 'mine', onBranch: 'main', requestHash: 'abc' }))])
      .leaves({
        status: 'init_enqueue_provision',
        stage: 'ensure_name',
        attempt: 1,
        started: false,
        title: 'Language',
        branchName: 'mine',
      }));

  it('mints the first session, so that a client can open its tab at once', () =>
    given([])
      .when(create)
      .then([now(created())])
      .leaves({
        sessionId: FIRST_SESSION,
        sessions: [
          expect.objectContaining({
            sessionId: FIRST_SESSION,
            state: 'pending_provision',
            prompt: 'fix: the login page forgets the language',
          }),
        ] as never,
      }));

  it('is refused for a task that exists', () => given([created()]).when(create).thenRefused('task_exists'));
});

describe('retry', () => {
  it.each(STAGES)('goes on from %s, its attempts counted anew', (stage) => {
    const failed = failedIn(stage);
    given(failed)
      .when(retry)
      .then([now(retryRequested(stage))])
      .leaves({ stage, attempt: 1, started: false, error: null });
    given([...failed, retryRequested(stage)])
      .when(retry)
      .thenNothing();
    given([...failed, retryRequested(stage)])
      .when(start(stage))
      .then([now(started(stage))]);
  });

  it('gives the first session another chance', () =>
    given(failedIn('create_session'))
      .when(retry)
      .then([now(retryRequested('create_session'))])
      .leaves({ sessions: [expect.objectContaining({ state: 'pending_provision', error: null })] as never }));
});

describe('archive', () => {
  it('releases the sandbox, and then the task is archived', () => {
    given(running)
      .when(archive)
      .then([now(archiveRequested())])
      .leaves({ status: 'archiving', stage: 'release_sandbox', attempt: 1, started: false });
    given(archiving)
      .when(complete('release_sandbox'))
      .then([
        { type: 'SandboxReleased', data: { at: NOW } },
        { type: 'TaskArchived', data: { at: NOW } },
      ])
      .leaves({ status: 'archived', stage: null, sandboxId: 'box-1' });
  });

  it('ends the sessions, open ones and those still awaited', () =>
    expect(
      fold([...running, sessionRequested(), archiveRequested(), ...archived.slice(-2)])!.sessions,
    ).toMatchObject(Array(2).fill({ state: 'ended', error: 'the task was archived' })));

  it('may be asked for again when the release failed', () =>
    given(failedIn('release_sandbox'))
      .when(archive)
      .then([now(archiveRequested())])
      .leaves({ status: 'archiving', error: null }));

  it('is refused when the task is to be destroyed, also when that failed', () =>
    given(failedIn('destroy_sandbox')).when(archive).thenRefused('not_archivable'));
});

describe('kill', () => {
  it('is legal mid-stage: what the stage still says comes too late', () => {
    const killedMidStage = [...HISTORIES.init_create_sandbox, killRequested()];
    given(killedMidStage).when(complete('create_sandbox')).thenNothing();
    given(killedMidStage).when(fail('create_sandbox')).thenNothing();
    given(killedMidStage)
      .when(start('destroy_sandbox'))
      .then([now(started('destroy_sandbox'))])
      .leaves({ status: 'killing' });
  });

  it('destroys the sandbox, and then the task is killed', () =>
    given(killing)
      .when(complete('destroy_sandbox'))
      .then([
        { type: 'SandboxDestroyed', data: { at: NOW } },
        { type: 'TaskKilled', data: { at: NOW } },
      ])
      .leaves({ status: 'killed', stage: null, sandboxId: 'box-1' }));

  it('remembers whether the branch is to stay', () =>
    given(running)
      .when({ type: 'Kill', keepBranch: true, at: NOW })
      .then([now(killRequested(true))])
      .leaves({ keepBranch: true }));

  it('overtakes an archive, finished or not', () => {
    given(archiving)
      .when(kill)
      .then([now(killRequested())]);
    given(archived)
      .when(kill)
      .then([now(killRequested())]);
  });

  it('may be asked for again when the destruction failed', () =>
    given(failedIn('destroy_sandbox'))
      .when(kill)
      .then([now(killRequested())])
      .leaves({ status: 'killing', error: null }));

  it('is the end: nothing that the saga or a late provider says changes the task', () => {
    for (const stage of STAGES) {
      given(killed).when(start(stage)).thenNothing();
      given(killed).when(complete(stage)).thenNothing();
      given(killed).when(fail(stage)).thenNothing();
    }
    given(killed).when(completeSession()).thenNothing();
    given(killed).when(failSession(SECOND_SESSION, 1)).thenNothing();
  });
});

it('reads a history that no decider would have written without breaking', () => {
  expect(fold([named(), sandboxCreated()])).toBeNull();
  expect(fold([created(), created({ taskId: 'another' })])).toMatchObject({ taskId: TASK_ID });
  expect(fold([...HISTORIES.error, sessionCreated(THIRD_SESSION)])).toMatchObject({ status: 'error' });
});
