import { describe, expect, it } from '@jest/globals';
import { complete, now, start } from '../../test/support/task-commands.js';
import {
  FIRST_SESSION,
  HISTORIES,
  SECOND_SESSION,
  archiveRequested,
  resumeRequested,
  retryRequested,
  sessionRequested,
  sleepRequested,
  sleepWarned,
  terminalUsed,
} from '../../test/support/task-history.js';
import { fold, given } from '../../test/support/task-spec.js';
import { deadlineOf, nextSleepStep } from '../events/task/lifecycle.js';
import type { TaskEvent, TaskEventData } from '../events/task/task-events.js';
import type { SessionSummary } from '../events/session/session-summary.js';
import type { TaskCommand } from './task-commands.js';

/** Times, in minutes after the task began to run. */
const BEGAN = Date.parse('2026-01-02T03:04:05.000Z');
const at = (minutes: number) => new Date(BEGAN + minutes * 60_000).toISOString();
const after = (minutes: number, event: TaskEvent): TaskEvent =>
  ({ type: event.type, data: { ...event.data, at: at(minutes) } }) as TaskEvent;

type Limits = Pick<TaskEventData<'TaskCreated'>, 'idleStopAfter' | 'maxAge'>;
/** A task that runs, its session at rest, with its limits in minutes. */
function running(limits: Limits): TaskEvent[] {
  const [first, ...rest] = HISTORIES.running;
  const seconds = Object.fromEntries(Object.entries(limits).map(([name, minutes]) => [name, minutes * 60]));
  const created = { type: 'TaskCreated', data: { ...first!.data, ...seconds } } as TaskEvent;
  return [created, ...rest].map((event) => after(0, event));
}
const REST: SessionSummary = {
  activity: 'idle',
  queuedPrompts: 0,
  unsurePrompts: 0,
  pendingPermissions: 0,
  permissionPolicy: 'ask',
  modeId: null,
  modes: [],
  model: null,
  models: [],
  usage: {},
  lastEntryAt: at(0),
};
const session = (minutes: number, over: Partial<SessionSummary> = {}): TaskEvent => ({
  type: 'SessionActivityChanged',
  data: { sessionId: FIRST_SESSION, summary: { ...REST, ...over }, at: at(minutes) },
});
const note = (over: Partial<SessionSummary>): TaskCommand => ({
  type: 'NoteSession',
  sessionId: FIRST_SESSION,
  summary: { ...REST, ...over },
  at: now(archiveRequested()).data.at,
});
const sleepAt = (minutes: number): TaskCommand => ({ type: 'SleepIfDue', at: at(minutes) });
const warnedOf = (reason: 'idle' | 'age', deadline: number, minutes: number) =>
  after(minutes, sleepWarned(reason, at(deadline)));
const stoppedFor = (reason: 'idle' | 'age', deadline: number, minutes: number) =>
  after(minutes, sleepRequested(reason, at(deadline)));
const wake = [retryRequested('ensure_agent'), resumeRequested()].map(now);

describe('a task in which nothing happens', () => {
  const idle = running({ idleStopAfter: 30 });
  const warned = [...idle, warnedOf('idle', 30, 25)];

  it('has its deadline from when that began', () => {
    expect(deadlineOf(fold(idle)!)).toEqual({ for: 'idle', at: at(30) });
    expect(nextSleepStep(fold(idle)!)).toBe(at(25));
  });

  it('is warned five minutes before, once', () => {
    given(idle).when(sleepAt(24.9)).thenNothing();
    given(idle)
      .when(sleepAt(25))
      .then([warnedOf('idle', 30, 25)])
      .leaves({ status: 'running', statusMessage: expect.stringContaining(at(30)) as never });
    given(warned).when(sleepAt(29.9)).thenNothing();
  });

  it('is warned when half of the time is over, where that is short', () => {
    const short = running({ idleStopAfter: 2 });
    given(short).when(sleepAt(0.9)).thenNothing();
    given(short)
      .when(sleepAt(1))
      .then([warnedOf('idle', 2, 1)]);
  });

  it('stops at its deadline', () =>
    given(warned)
      .when(sleepAt(30))
      .then([stoppedFor('idle', 30, 30)])
      .leaves({ status: 'archiving', stage: 'release_sandbox', attempt: 1 }));

  it('is warned first, and left the time that this gives, where nobody was there to do it in time', () => {
    given(idle)
      .when(sleepAt(90))
      .then([warnedOf('idle', 95, 90)]);
    const late = [...idle, warnedOf('idle', 95, 90)];
    given(late).when(sleepAt(94.9)).thenNothing();
    given(late)
      .when(sleepAt(95))
      .then([stoppedFor('idle', 95, 95)]);
  });

  it('has a new deadline, and no warning, as soon as something happens', () => {
    const busy = fold([...warned, session(26, { activity: 'working' })])!;
    expect(busy).toMatchObject({ statusMessage: 'Running', lifecycle: { warned: null } });
    expect(deadlineOf(busy)).toBeNull();
    const again = fold([...warned, session(26, { activity: 'working' }), session(27)])!;
    expect(deadlineOf(again)).toEqual({ for: 'idle', at: at(57) });
  });

  it('is not kept awake by those who only look on', () => {
    const observed: TaskEvent = {
      type: 'ChangesNotObserved',
      data: { code: 'git_failed', reason: '', at: at(9) },
    };
    expect(deadlineOf(fold([...idle, observed])!)).toEqual({ for: 'idle', at: at(30) });
  });
});

describe('activity', () => {
  const idle = running({ idleStopAfter: 30 });
  it.each([
    ['a turn, however silent', { activity: 'working' as const }],
    ['a prompt that waits', { queuedPrompts: 1 }],
    ['a prompt that somebody has to decide on', { unsurePrompts: 1 }],
    ['a question of the agent', { activity: 'waiting_for_permission' as const, pendingPermissions: 1 }],
  ])('is %s: the task has no deadline', (_, summary) => {
    const history = [...idle, session(1, summary)];
    expect(deadlineOf(fold(history)!)).toBeNull();
    given(history).when(sleepAt(100_000)).thenNothing();
  });

  it('is a shell in which somebody types, for as long as that is to count', () => {
    const typing: TaskCommand = { type: 'NoteTyping', until: at(70), at: at(26) };
    const warned = [...idle, warnedOf('idle', 30, 25)];
    const used = after(26, terminalUsed(at(70)));
    given(warned).when(typing).then([used]).leaves({ status: 'running', statusMessage: 'Running' });
    given([...warned, used])
      .when(typing)
      .thenNothing();
    given([...warned, used])
      .when(sleepAt(64.9))
      .thenNothing();
    given([...warned, used])
      .when(sleepAt(65))
      .then([warnedOf('idle', 70, 65)]);
    // A shell that is left early takes nothing from the time without activity.
    const short = after(26, terminalUsed(at(27)));
    expect(deadlineOf(fold([...warned, short])!)).toEqual({ for: 'idle', at: at(56) });
  });

  it('is no shell where nothing counts it', () => {
    const typing: TaskCommand = { type: 'NoteTyping', until: at(70), at: at(26) };
    given(running({ maxAge: 60 }))
      .when(typing)
      .thenNothing();
    given(HISTORIES.sleeping).when(typing).thenNothing();
  });

  it('is a session that is being opened', () => {
    const history = [...idle, after(1, sessionRequested())];
    given(history).when(sleepAt(100_000)).thenNothing();
  });
});

describe('a task that is awake for long', () => {
  const old = running({ maxAge: 60 });
  const working = [...old, session(50, { activity: 'working' })];

  it('stops whatever happens in it, and is warned before', () => {
    given(working)
      .when(sleepAt(55))
      .then([warnedOf('age', 60, 55)]);
    const warned = [...working, warnedOf('age', 60, 55), session(58), session(59, { activity: 'working' })];
    given(warned)
      .when(sleepAt(60))
      .then([stoppedFor('age', 60, 60)]);
  });

  it('has the earlier of both deadlines', () => {
    const both = running({ maxAge: 60, idleStopAfter: 30 });
    expect(deadlineOf(fold(both)!)).toEqual({ for: 'idle', at: at(30) });
    expect(deadlineOf(fold([...both, session(50)])!)).toEqual({ for: 'age', at: at(60) });
  });
});

describe('a task without limits', () => {
  it('never stops by itself', () => {
    expect(fold(HISTORIES.running)).toMatchObject({ lifecycle: null });
    given(HISTORIES.running).when(sleepAt(1e6)).thenNothing();
  });
});

describe('a task that is going to sleep', () => {
  const going = [...running({ idleStopAfter: 30 }), warnedOf('idle', 30, 25), stoppedFor('idle', 30, 30)];
  const releasing = [
    ...going,
    after(30, { type: 'StageStarted', data: { stage: 'release_sandbox', attempt: 1, at: '' } }),
  ];
  const released = [
    { type: 'SandboxReleased', data: { at: '' } },
    { type: 'TaskArchived', data: { at: '' } },
  ].map((event) => now(event as TaskEvent));

  it('has its sandbox released, once', () => {
    given(going)
      .when(start('release_sandbox'))
      .then([now({ type: 'StageStarted', data: { stage: 'release_sandbox', attempt: 1, at: '' } })]);
    given(going).when(sleepAt(31)).thenNothing();
  });

  it('sleeps then', () =>
    given(releasing).when(complete('release_sandbox')).then(released).leaves({
      status: 'sleeping',
      stage: null,
      admitted: false,
      statusMessage: 'Sleeping, for nothing happened for 30 min: the next prompt wakes it',
    }));

  it('is woken at once where somebody asked something meanwhile', () => {
    given([...releasing, session(30, { queuedPrompts: 1 })])
      .when(complete('release_sandbox'))
      .then([...released, ...wake])
      .leaves({ status: 'init_ensure_agent', stage: 'ensure_agent' });
    given([...releasing, after(30, sessionRequested())])
      .when(complete('release_sandbox'))
      .then([...released, ...wake]);
  });

  it('is archived for good where somebody asks for that', () => {
    given(releasing)
      .when({ type: 'Archive', at: at(30) })
      .then([after(30, archiveRequested())]);
    const history = [...releasing, after(30, archiveRequested()), releasing.at(-1)!];
    given(history).when(complete('release_sandbox')).then(released).leaves({ status: 'archived' });
  });
});

describe('a task that sleeps', () => {
  const { sleeping } = HISTORIES;

  it('is woken by a prompt that becomes known, and by what is asked before that', () => {
    given(sleeping)
      .when(note({ queuedPrompts: 1 }))
      .then([now(session(0, { queuedPrompts: 1 })), ...wake])
      .leaves({ status: 'init_ensure_agent' });
    given(sleeping)
      .when({ type: 'Wake', at: now(archiveRequested()).data.at })
      .then(wake)
      .leaves({ status: 'init_ensure_agent', lifecycle: { asleep: null } as never });
  });

  it('goes on sleeping whatever else is told of its sessions', () =>
    given(sleeping)
      .when(note({ activity: 'ended' }))
      .then([now(session(0, { activity: 'ended' }))])
      .leaves({ status: 'sleeping' }));

  it('is woken by a further session', () => {
    const asked = { sessionId: SECOND_SESSION, agentType: 'mock', prompt: '', at: '' };
    given(sleeping)
      .when({ type: 'RequestSession', sessionId: SECOND_SESSION, at: now(archiveRequested()).data.at })
      .then([now({ type: 'SessionRequested', data: asked }), ...wake]);
  });

  it('is archived for good where somebody asks for that', () =>
    given(sleeping)
      .when({ type: 'Archive', at: at(40) })
      .then([after(40, archiveRequested())])
      .leaves({ status: 'archiving', lifecycle: { asleep: null } as never }));

  it('has a deadline again once it runs, counted from then', () => {
    const woken = [...sleeping, ...wake];
    expect(deadlineOf(fold(woken)!)).toBeNull();
    const awake = fold([...woken, ...HISTORIES.running.slice(-3).map((event) => after(100, event))])!;
    expect(awake.status).toBe('running');
    expect(deadlineOf(awake)).toEqual({ for: 'idle', at: at(101) });
  });
});

describe('any other task', () => {
  it.each(Object.entries(HISTORIES).filter(([status]) => status !== 'sleeping'))(
    'in %s is not woken',
    (_, history) =>
      given(history)
        .when({ type: 'Wake', at: at(1) })
        .thenNothing(),
  );
});
