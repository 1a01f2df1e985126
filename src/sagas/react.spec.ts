import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  FIRST_SESSION,
  HISTORIES,
  SECOND_SESSION,
  SOON,
  THIRD_SESSION,
  agentStarted,
  archiveRequested,
  created,
  killRequested,
  named,
  provisioningFailed,
  resumeRequested,
  retryRequested,
  sandboxCreated,
  sandboxDestroyed,
  sandboxReleased,
  sessionCreated,
  sessionFailed,
  sessionRequested,
  stageFailed,
  started,
  taskArchived,
  taskKilled,
} from '../../test/support/task-history.js';
import { fold } from '../../test/support/task-spec.js';
import { eventsOf, taskWalks } from '../../test/support/task-walk.js';
import { TASK_EVENT_TYPES, type TaskEvent } from '../events/task/task-events.js';
import { STAGES } from '../events/task/vocabulary.js';
import { SAGA_EVENT_TYPES, SAGA_GROUP, react } from './react.js';

const { running } = HISTORIES;

/** What follows from the last event of a history. */
const after = (history: readonly TaskEvent[]) => react(fold(history), history.at(-1)!);
const run = (stage: (typeof STAGES)[number], attempt = 1) => ({ type: 'RunStage', stage, attempt });
const open = (sessionId: string, attempt = 1) => ({ type: 'OpenSession', sessionId, attempt });

describe('the provisioning saga', () => {
  it.each([
    { event: created(), stage: 'ensure_name' },
    { event: named(), stage: 'create_sandbox' },
    { event: sandboxCreated(), stage: 'ensure_agent' },
    { event: agentStarted(), stage: 'create_session' },
    { event: archiveRequested(), stage: 'release_sandbox' },
    { event: killRequested(), stage: 'destroy_sandbox' },
  ] as const)('after $event.type runs $stage', ({ event, stage }) => {
    expect(react(fold([created(), event]), event)).toEqual(run(stage));
  });

  it.each(STAGES)('tries %s again at the time of its next attempt', (stage) => {
    expect(after([created(), stageFailed(stage, 2, SOON)])).toEqual({ ...run(stage, 3), notBefore: SOON });
  });

  it.each(STAGES)('runs %s from its first attempt after a retry was requested', (stage) => {
    expect(after([created(), retryRequested(stage)])).toEqual(run(stage));
  });

  it('has nothing to do when no attempt is left', () => {
    expect(after([created(), stageFailed('create_sandbox', 3)])).toBeNull();
  });

  it.each([
    started('ensure_name'),
    resumeRequested(),
    provisioningFailed('ensure_name'),
    sandboxReleased(),
    taskArchived(),
    sandboxDestroyed(),
    taskKilled(),
  ])('is not woken by $type', (event) => {
    expect(SAGA_EVENT_TYPES).not.toContain(event.type);
    expect(react(fold([created(), event]), event)).toBeNull();
  });

  it('has a group of another name when other events wake it: the filter of a group stays as it was made', () =>
    expect({ group: SAGA_GROUP, types: [...SAGA_EVENT_TYPES].sort() }).toEqual({
      group: 'slipway-saga-1',
      types: [
        ...['AgentStarted', 'ArchiveRequested', 'KillRequested', 'RetryRequested', 'SandboxCreated'],
        ...['SessionCreated', 'SessionFailed', 'SessionRequested', 'StageFailed', 'TaskCreated', 'TaskNamed'],
      ],
    }));

  it('goes on with the agent of a task that is resumed, and then with the sessions that wait', () => {
    const first = {
      ...sessionCreated(),
      data: { ...sessionCreated().data, worksInStream: true },
    } as TaskEvent;
    const worked = [...HISTORIES.init_create_session, first, sessionRequested(SECOND_SESSION)];
    const archived = [...worked, archiveRequested(), sandboxReleased(), taskArchived()];
    const state = fold([...archived, retryRequested('ensure_agent'), resumeRequested()]);
    expect(react(state, retryRequested('ensure_agent'))).toEqual(run('ensure_agent'));
    expect(
      after([
        ...archived,
        retryRequested('ensure_agent'),
        resumeRequested(),
        started('ensure_agent'),
        agentStarted(),
      ]),
    ).toEqual(open(SECOND_SESSION));
  });

  it('has nothing to do where there is no task', () => expect(react(null, named())).toBeNull());
});

describe('further sessions', () => {
  it('are opened at once while the task runs', () =>
    expect(after([...running, sessionRequested()])).toEqual(open(SECOND_SESSION)));

  it.each(['init_enqueue_provision', 'init_create_session', 'error', 'archived', 'killed'] as const)(
    'are not opened at %s',
    (status) => expect(after([...HISTORIES[status], sessionRequested()])).toBeNull(),
  );

  it('that waited are opened one after the other once the first one is there', () => {
    const waiting = [
      ...HISTORIES.init_create_session,
      sessionRequested(SECOND_SESSION),
      sessionRequested(THIRD_SESSION),
      sessionCreated(FIRST_SESSION),
    ];
    expect(after(waiting)).toEqual(open(SECOND_SESSION));
    expect(after([...waiting, sessionCreated(SECOND_SESSION)])).toEqual(open(THIRD_SESSION));
    expect(after([...waiting, sessionCreated(SECOND_SESSION), sessionCreated(THIRD_SESSION)])).toBeNull();
  });

  it('are tried again at their time, and given up they make way for the next', () => {
    const waiting = [...running, sessionRequested(SECOND_SESSION), sessionRequested(THIRD_SESSION)];
    expect(after([...waiting, sessionFailed(SECOND_SESSION, 1, SOON)])).toEqual({
      ...open(SECOND_SESSION, 2),
      notBefore: SOON,
    });
    expect(after([...waiting, sessionFailed(SECOND_SESSION, 1)])).toEqual(open(THIRD_SESSION));
  });
});

describe('whatever has happened', () => {
  it('only events that wake the saga make it do something', () => {
    expect(TASK_EVENT_TYPES).toEqual(expect.arrayContaining([...SAGA_EVENT_TYPES]));
    fc.assert(
      fc.property(taskWalks, (steps) => {
        const state = steps.at(-1)!.after;
        for (const event of eventsOf(steps)) {
          if (react(state, event) !== null) expect(SAGA_EVENT_TYPES).toContain(event.type);
        }
      }),
    );
  });

  it('some event leads to what is due or under way, however late it is delivered', () => {
    fc.assert(
      fc.property(taskWalks, (steps) => {
        const task = steps.at(-1)!.after!;
        const commands = eventsOf(steps).map((event) => react(task, event));
        if (task.stage !== null && task.status !== 'error') {
          expect(commands).toContainEqual(expect.objectContaining(run(task.stage, task.attempt)));
        }
        const pending = task.sessions.filter(({ state }) => state === 'pending_session_create');
        if (task.status === 'running' && pending.length > 0) {
          const wanted = pending.map((s) => `${s.sessionId}#${s.attempt}`);
          const opened = commands.flatMap((c) =>
            c?.type === 'OpenSession' ? `${c.sessionId}#${c.attempt}` : [],
          );
          expect(wanted.filter((session) => opened.includes(session))).not.toEqual([]);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
