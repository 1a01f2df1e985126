import { describe, expect, it } from '@jest/globals';
import { DecidedTask } from '../../../test/support/decided-task.js';
import {
  AT,
  agentStarted,
  created,
  killRequested,
  named,
  provisioningFailed,
  sandboxCreated,
  sessionCreated,
  sessionFailed,
  sessionRequested,
  SECOND_SESSION,
  SOON,
  stageFailed,
  started,
} from '../../../test/support/task-history.js';
import type { TaskEvent } from '../../events/task/task-events.js';
import { hadHappened, isBefore, parseMoment } from '../moment.js';
import { describeChange, diffRecords } from './record-diff.js';
import { timelineOf } from './stage-timeline.js';
import { recordingOf, until } from './task-recording.js';

/** The events a second apart, the first at 03:04:05. */
const secondsApart = (events: TaskEvent[]): TaskEvent[] =>
  events.map((event, index) => {
    const at = new Date(Date.parse(AT) + index * 1_000).toISOString();
    return { type: event.type, data: { ...event.data, at } } as TaskEvent;
  });

function recorded(events: TaskEvent[]) {
  const task = new DecidedTask();
  for (const event of secondsApart(events)) task.append([event]);
  return recordingOf(task.events);
}

describe('a moment', () => {
  it('is a position or a time', () => {
    const event = { position: 100n, at: AT };
    expect(hadHappened(parseMoment('100'), event)).toBe(true);
    expect(hadHappened(parseMoment('99'), event)).toBe(false);
    expect(hadHappened(parseMoment(AT), event)).toBe(true);
    expect(hadHappened(parseMoment('2026-01-02T03:04:05.677Z'), event)).toBe(false);
    expect(hadHappened(parseMoment('2026-01-03'), event)).toBe(true);
    expect(isBefore(event, parseMoment('100'))).toBe(false);
    expect(isBefore(event, parseMoment('101'))).toBe(true);
  });

  it.each(['', 'yesterday', '-1', '2026-1', '1e5', '2026-13-01', '12345678901234567890'])(
    'refuses %j',
    (text) => {
      expect(() => parseMoment(text)).toThrow(/It takes a position such as 4711/);
    },
  );
});

describe('the recording of a task', () => {
  const history = [created(), started('ensure_name'), named(), started('create_sandbox'), sandboxCreated()];

  it('shows the task as it was at a position and at a time', () => {
    const steps = recorded(history);
    const at = (text: string) => until(steps, parseMoment(text)).at(-1)?.after;
    expect(at('99')).toBeUndefined();
    expect(at('100')?.status).toBe('init_enqueue_provision');
    expect(at('125')).toMatchObject({
      status: 'init_ensure_name',
      branchName: 'fix-login-language',
      position: '120',
    });
    expect(at('2026-01-02T03:04:06.678Z')).toMatchObject({ status: 'init_ensure_name', branchName: null });
    expect(at('999')).toEqual(until(steps, undefined).at(-1)?.after);
  });

  it('says what each event changed, field by field', () => {
    const changes = recorded(history).map(({ before, after }) =>
      diffRecords(before, after).map(describeChange),
    );
    expect(changes[0]).toContain('+ status: init_enqueue_provision');
    expect(changes[2]).toEqual([
      '+ title: The login page forgets the language',
      '+ branchName: fix-login-language',
      '~ stage: ensure_name → create_sandbox',
    ]);
    expect(changes[4]).toEqual(expect.arrayContaining(['+ sandboxId: box-1', '+ sandboxPath: /sandboxes/1']));
  });

  it('goes on past an event of an unknown type and one that cannot be read', () => {
    const task = new DecidedTask();
    task.append([created(), started('ensure_name')]);
    const [first] = task.events;
    const strange = { ...first!, revision: 2n, type: 'TaskBlessed', data: { by: 'a newer writer' } };
    const broken = { ...first!, revision: 3n, type: 'TaskNamed', data: {} };
    const steps = recordingOf([...task.events, strange, broken]);
    expect(steps.map(({ problem }) => problem !== undefined)).toEqual([false, false, false, true]);
    expect(steps[3]!.problem).toMatch(/TaskNamed at task-.*@3/);
    expect(steps[3]!.after?.status).toBe('init_ensure_name');
    expect(diffRecords(steps[3]!.before, steps[3]!.after)).toEqual([]);
  });

  it('shortens long texts and shows what is gone', () => {
    const [step] = recorded([created({ task: 'x\n'.repeat(500) })]);
    const prompt = diffRecords(null, step!.after).find(({ path }) => path === 'task')!;
    expect(describeChange(prompt)).toMatch(/^\+ task: x x .*… \(1000 characters\)$/);
    expect(describeChange({ path: 'error.reason', from: 'gone', to: undefined })).toBe(
      '- error.reason: gone',
    );
  });
});

describe('the timeline of stages', () => {
  const entries = (events: TaskEvent[]) =>
    timelineOf(secondsApart(events)).map((e) => [e.what, e.attempt, e.durationMs, e.outcome]);

  it('has each attempt with its duration and outcome', () => {
    const events = [
      created(),
      started('ensure_name'),
      named(),
      started('create_sandbox'),
      stageFailed('create_sandbox', 1, SOON),
      started('create_sandbox', 2),
      sandboxCreated(),
      started('ensure_agent'),
      agentStarted(),
      started('create_session'),
      sessionCreated(),
      sessionRequested(),
      sessionCreated(SECOND_SESSION),
    ];
    expect(entries(events)).toEqual([
      ['ensure_name', 1, 1_000, 'done'],
      ['create_sandbox', 1, 1_000, 'failed'],
      ['create_sandbox', 2, 1_000, 'done'],
      ['ensure_agent', 1, 1_000, 'done'],
      ['create_session', 1, 1_000, 'done'],
      ['session', 1, 1_000, 'done'],
    ]);
  });

  it('tells what is under way from what was overtaken or has failed for good', () => {
    expect(entries([created(), started('ensure_name')])).toEqual([['ensure_name', 1, null, 'under way']]);
    const killed = [created(), started('ensure_name'), killRequested(), started('destroy_sandbox')];
    expect(entries(killed)).toEqual([
      ['ensure_name', 1, 1_000, 'overtaken'],
      ['destroy_sandbox', 1, null, 'under way'],
    ]);
    const failed = [
      created(),
      started('ensure_name'),
      stageFailed('ensure_name'),
      provisioningFailed('ensure_name'),
    ];
    expect(timelineOf(failed)[0]).toMatchObject({ outcome: 'failed', reason: 'it broke' });
  });

  it('has further sessions with their attempts', () => {
    const events = [created(), sessionRequested(), sessionFailed(SECOND_SESSION, 1, SOON)];
    const [first, second] = timelineOf(events);
    expect(first).toMatchObject({ what: 'session', attempt: 1, outcome: 'failed', reason: 'no answer' });
    expect(second).toMatchObject({ attempt: 2, startedAt: SOON, outcome: 'under way' });
  });
});
