import { describe, expect, it } from '@jest/globals';
import {
  AT,
  HISTORIES,
  NOW,
  SOON,
  archiveRequested,
  killRequested,
} from '../../test/support/task-history.js';
import { given } from '../../test/support/task-spec.js';
import { evolve } from '../events/task/evolve.js';
import type { TaskEvent } from '../events/task/task-events.js';
import type { TaskState } from '../events/task/task-state.js';
import { reactToAction } from '../sagas/actions/react-action.js';
import type { TaskCommand } from './task-commands.js';

const { running } = HISTORIES;
const [PUSH, PR] = ['a-1', 'a-2'];
const [ONE, TWO] = ['1'.repeat(40), '2'.repeat(40)];
const remote = 'https://github.com/acme/shop.git';
const url = 'https://github.com/acme/shop/pull/7';
const wish = { message: null, includeUncommitted: true, force: false };

const requested: TaskEvent = {
  type: 'PushRequested',
  data: { actionId: PUSH, includeUncommitted: true, force: false, at: AT },
};
const started = (attempt = 1): TaskEvent => ({
  type: 'PushStarted',
  data: { actionId: PUSH, attempt, at: AT },
});
const pushed: TaskEvent = { type: 'BranchPushed', data: { actionId: PUSH, commit: ONE, remote, at: AT } };
const failed = (nextAttemptAt?: string): TaskEvent => ({
  type: 'PushFailed',
  data: {
    actionId: PUSH,
    attempt: 1,
    code: 'remote_unreachable',
    reason: 'It is away.',
    nextAttemptAt,
    at: AT,
  },
});
const prRequested: TaskEvent = {
  type: 'PullRequestRequested',
  data: { actionId: PR, includeUncommitted: true, force: false, draft: false, at: AT },
};
const prStarted: TaskEvent = { type: 'PullRequestStarted', data: { actionId: PR, attempt: 1, at: AT } };
const prPushed: TaskEvent = { type: 'BranchPushed', data: { actionId: PR, commit: TWO, remote, at: AT } };
const opened: TaskEvent = {
  type: 'PullRequestOpened',
  data: { actionId: PR, url, number: 7, state: 'open', at: AT },
};

const askPush = (actionId = PUSH): TaskCommand => ({ type: 'RequestPush', actionId, push: wish, at: NOW });
const askPr: TaskCommand = {
  type: 'RequestPullRequest',
  actionId: PR,
  push: wish,
  pullRequest: { title: 'T', body: null, draft: true, base: null },
  at: NOW,
};
const fail = (retryable: boolean, attempt = 1): TaskCommand => ({
  type: 'FailAction',
  actionId: PUSH,
  attempt,
  failure: { code: 'remote_unreachable', reason: 'It is away.', retryable, nextAttemptAt: SOON },
  at: NOW,
});
const fold = (events: readonly TaskEvent[]) => events.reduce<TaskState>(evolve, null)!;

describe('a push', () => {
  it('is asked for where there is a sandbox, once at a time', () => {
    const asked = { ...requested, data: { ...requested.data, at: NOW } } as TaskEvent;
    given(running).when(askPush()).then([asked]);
    given([...running, requested])
      .when(askPush())
      .then([]);
    given([...running, requested])
      .when(askPush('a-3'))
      .then([]);
    given([...running, requested, started(), pushed])
      .when(askPush())
      .then([]);
    given(HISTORIES.init_create_sandbox).when(askPush()).thenRefused('not_pushable');
    given(HISTORIES.killed).when(askPush()).thenRefused('task_is_over');
    given(HISTORIES.killing).when(askPush()).thenRefused('task_is_over');
  });

  it('is begun, noted and ended once, whoever says so again', () => {
    const begin: TaskCommand = { type: 'StartAction', actionId: PUSH, attempt: 1, at: NOW };
    const note: TaskCommand = { type: 'NotePush', actionId: PUSH, commit: ONE, remote, at: NOW };
    given([...running, requested])
      .when(begin)
      .then([{ type: 'PushStarted', data: { actionId: PUSH, attempt: 1, at: NOW } }]);
    given([...running, requested, started()])
      .when(begin)
      .then([]);
    given([...running, requested, started()])
      .when(note)
      .then([{ type: 'BranchPushed', data: { actionId: PUSH, commit: ONE, remote, at: NOW } }]);
    given([...running, requested, started(), pushed])
      .when(note)
      .then([]);
    given([...running, requested, started(), pushed])
      .when(fail(true))
      .then([]);
    const { actions, pushed: last, status } = fold([...running, requested, started(), pushed]);
    expect(actions).toMatchObject([{ state: 'done', commit: ONE, endedAt: AT }]);
    expect(last).toEqual({ commit: ONE, remote, at: AT });
    expect(status).toBe('running');
  });

  it('that failed is tried again at its time, unless that would come to the same', () => {
    const because = {
      actionId: PUSH,
      attempt: 1,
      code: 'remote_unreachable',
      reason: 'It is away.',
      at: NOW,
    };
    given([...running, requested, started()])
      .when(fail(true))
      .then([{ type: 'PushFailed', data: { ...because, nextAttemptAt: SOON } } as TaskEvent]);
    given([...running, requested, started()])
      .when(fail(false))
      .then([{ type: 'PushFailed', data: because } as TaskEvent]);
    given([...running, requested, started(), failed(SOON)])
      .when(fail(true))
      .then([]);
    expect(fold([...running, requested, started(), failed()]).actions).toMatchObject([
      { state: 'error', error: { code: 'remote_unreachable' } },
    ]);
  });
});

describe('a pull request', () => {
  it('is pushed first, then opened, then looked at', () => {
    given(running)
      .when(askPr)
      .then([
        {
          type: 'PullRequestRequested',
          data: { actionId: PR, includeUncommitted: true, force: false, title: 'T', draft: true, at: NOW },
        },
      ]);
    const half = [...running, prRequested, prStarted, prPushed];
    expect(fold(half).actions).toMatchObject([{ state: 'running', commit: TWO }]);
    const done = [...half, opened];
    expect(fold(done)).toMatchObject({ pullRequest: { number: 7, state: 'open', checks: 'none' } });
    const look = (number: number, state: 'open' | 'merged'): TaskCommand => ({
      type: 'ObservePullRequest',
      ...{ url, number, state, checks: 'none', at: NOW },
    });
    given(done).when(look(7, 'open')).then([]);
    given(done).when(look(8, 'merged')).then([]);
    given(done)
      .when(look(7, 'merged'))
      .then([
        { type: 'PullRequestObserved', data: { url, number: 7, state: 'merged', checks: 'none', at: NOW } },
      ]);
  });
});

describe('what is under way when the task goes', () => {
  it.each([archiveRequested(), killRequested()])('is over with $type', (way) => {
    const history = [...running, requested, started(), prRequested, way];
    const { actions } = fold(history);
    expect(actions.map(({ state, error }) => [state, error?.code])).toEqual([
      ['error', 'task_is_over'],
      ['error', 'task_is_over'],
    ]);
    for (const event of [requested, prRequested]) expect(reactToAction(fold(history), event)).toBeNull();
  });
});

describe('what wakes the saga of actions', () => {
  const after = (...events: TaskEvent[]) => reactToAction(fold([...running, ...events]), events.at(-1)!);
  it('is a request, and a failure that is tried again', () => {
    expect(after(requested)).toEqual({ type: 'RunAction', actionId: PUSH, attempt: 1 });
    expect(after(prRequested)).toEqual({ type: 'RunAction', actionId: PR, attempt: 1 });
    expect(after(requested, started(), failed(SOON))).toEqual({
      type: 'RunAction',
      actionId: PUSH,
      attempt: 2,
      notBefore: SOON,
    });
    expect(after(requested, started(), failed())).toBeNull();
  });
  it('leads to nothing when it is delivered again after the end, and to the same before', () => {
    expect(reactToAction(fold([...running, requested, started()]), requested)).toEqual({
      type: 'RunAction',
      actionId: PUSH,
      attempt: 1,
    });
    expect(reactToAction(fold([...running, requested, started(), pushed]), requested)).toBeNull();
    expect(reactToAction(fold([...running, requested, started(), failed(SOON)]), requested)).toBeNull();
    expect(reactToAction(null, requested)).toBeNull();
  });
});
