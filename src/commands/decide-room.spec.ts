import { describe, expect, it } from '@jest/globals';
import { now, start } from '../../test/support/task-commands.js';
import {
  HISTORIES,
  NOW,
  archiveRequested,
  created,
  killRequested,
  retryRequested,
  sandboxReleased,
  started,
  taskArchived,
  AT,
} from '../../test/support/task-history.js';
import { fold, given } from '../../test/support/task-spec.js';
import type { TaskEvent } from '../events/task/task-events.js';
import type { TaskCommand } from './task-commands.js';

const queue: TaskCommand = { type: 'QueueTask', at: NOW };
const queueFor: TaskCommand = { type: 'QueueTask', for: 'live_tasks', limit: 3, at: NOW };
const letIn: TaskCommand = { type: 'AdmitTask', at: NOW };
const queued = (reason: object = {}): TaskEvent => ({ type: 'TaskQueued', data: { ...reason, at: AT } });
const why = { for: 'live_tasks', limit: 3 };

describe('a task of a workspace that is full', () => {
  it('waits as it was created, and is not begun meanwhile', () => {
    given([created()])
      .when(queue)
      .then([now(queued())])
      .leaves({ status: 'init_enqueue_provision', stage: 'ensure_name', admitted: false });
    given([created(), queued()]).when(start('ensure_name')).then([]);
  });

  it('says once what it waits for', () => {
    given([created(), queued()])
      .when(queueFor)
      .then([now(queued(why))])
      .leaves({
        statusMessage:
          'Waiting for room: the workspace has its 3 live tasks; one has to be archived or killed',
        queued: { since: AT, for: 'live_tasks', limit: 3 },
      });
    given([created(), queued(why)])
      .when(queueFor)
      .then([]);
    given([created(), queued()]).when(queue).then([]);
  });

  it('goes on where it was when there is room, and never waits again for as long as it lives', () => {
    given([created(), queued()])
      .when(letIn)
      .then([now(retryRequested('ensure_name'))])
      .leaves({ status: 'init_ensure_name', admitted: true, queued: null });
    given([created(), queued(), retryRequested('ensure_name')])
      .when(queue)
      .then([]);
    given([created()]).when(letIn).then([]);
    for (const status of ['running', 'error', 'archiving', 'killed'] as const)
      given(HISTORIES[status]).when(queue).then([]);
  });

  it('is not let in by a retry, and waits anew when it was archived and is resumed', () => {
    given([created(), queued()]).when({ type: 'Retry', at: NOW }).then([]);
    const archived = [
      ...HISTORIES.running,
      archiveRequested(),
      started('release_sandbox'),
      sandboxReleased(),
      taskArchived(),
    ];
    const resumed = [...archived, retryRequested('ensure_agent')];
    expect(fold(resumed)).toMatchObject({ admitted: false });
    given(resumed)
      .when(queue)
      .then([now(queued())])
      .leaves({ status: 'init_enqueue_provision', stage: 'ensure_agent' });
  });

  it('is archived and killed as any other, without a place of its own', () => {
    for (const over of [archiveRequested(), killRequested()])
      expect(fold([created(), queued(), over])).toMatchObject({ queued: null, admitted: false });
  });
});
