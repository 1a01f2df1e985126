import { describe, expect, it } from '@jest/globals';
import {
  AT,
  changesNotObserved,
  changesObserved,
  changesRefreshRequested,
  created,
  failedIn,
  HISTORIES,
  NOW,
  seenChanges,
} from '../../test/support/task-history.js';
import { now } from '../../test/support/task-commands.js';
import { fold, given } from '../../test/support/task-spec.js';
import type { TaskEvent } from '../events/task/task-events.js';
import { toTaskRecord } from '../events/task/task-record.js';
import type { TaskCommand } from './task-commands.js';

const running = HISTORIES.running;
const recordOf = (history: readonly TaskEvent[]) =>
  toTaskRecord({ state: fold(history), revision: 0n, position: 0n })!;
const refresh: TaskCommand = { type: 'RefreshChanges', at: NOW };
const note = (over = {}): TaskCommand => ({
  type: 'NoteChanges',
  seen: { ...seenChanges, ...over },
  at: NOW,
});
const problem: TaskCommand = {
  type: 'NoteChangesProblem',
  code: 'checkout_unreadable',
  reason: 'it is no checkout',
  at: NOW,
};

describe('a look at the changes', () => {
  it('is asked for once until it was taken', () => {
    given(running)
      .when(refresh)
      .then([now(changesRefreshRequested())]);
    given([...running, changesRefreshRequested()])
      .when(refresh)
      .then([]);
    given([...running, changesRefreshRequested(), changesObserved()])
      .when(refresh)
      .then([now(changesRefreshRequested())]);
  });

  it('is asked for of an archived task, but of none without a checkout', () => {
    given(HISTORIES.archived)
      .when(refresh)
      .then([now(changesRefreshRequested())]);
    given([created()]).when(refresh).thenRefused('no_checkout_yet');
    given(HISTORIES.killing).when(refresh).thenRefused('checkout_gone');
    given(HISTORIES.killed).when(refresh).thenRefused('checkout_gone');
  });

  it('is told of when something is another than before', () => {
    given(running)
      .when(note())
      .then([now(changesObserved())]);
    given([...running, changesObserved()])
      .when(note())
      .then([]);
    given([...running, changesObserved()])
      .when(note({ tree: 'd'.repeat(40) }))
      .then([now(changesObserved({ tree: 'd'.repeat(40) }))]);
    given([...running, changesObserved()])
      .when(note({ behind: 1 }))
      .then([now(changesObserved({ behind: 1 }))]);
  });

  it('is told of to whoever asked, also when nothing is another', () => {
    given([...running, changesObserved(), changesRefreshRequested()])
      .when(note())
      .then([now(changesObserved())]);
  });

  it('that saw nothing is told of once, and taken back by the next that does', () => {
    given(running)
      .when(problem)
      .then([now(changesNotObserved())]);
    given([...running, changesNotObserved()])
      .when(problem)
      .then([]);
    given([...running, changesNotObserved(), changesRefreshRequested()])
      .when(problem)
      .then([now(changesNotObserved())]);
    given([...running, changesObserved(), changesNotObserved()])
      .when(note())
      .then([now(changesObserved())]);
  });

  it.each([[HISTORIES.killing], [HISTORIES.killed], [failedIn('destroy_sandbox')]])(
    'says nothing of a checkout that is on its way out',
    (history) => {
      given(history).when(note()).then([]);
      given(history).when(problem).then([]);
    },
  );

  it('shows in the record, and stays when the next one fails', () => {
    const record = recordOf([...running, changesObserved(), changesNotObserved()]);
    expect(record.changes).toEqual({
      ...{ files: 1, additions: 3, deletions: 1, ahead: 1, behind: 0, uncommitted: 1, pushed: false, at: AT },
    });
    expect(record.changesProblem).toEqual({
      code: 'checkout_unreadable',
      reason: 'it is no checkout',
      at: AT,
    });
    expect(recordOf(running).changes).toBeNull();
  });
});
