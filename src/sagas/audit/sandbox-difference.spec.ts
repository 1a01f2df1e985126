import { describe, expect, it } from '@jest/globals';
import { HISTORIES, TASK_ID, failedIn } from '../../../test/support/task-history.js';
import { fold } from '../../../test/support/task-spec.js';
import type { SandboxListing } from '../../providers/sandbox-provider.js';
import { sandboxDifference } from './sandbox-difference.js';

const listing = (over: Partial<SandboxListing> = {}): SandboxListing => ({
  taskId: TASK_ID,
  sandboxId: 'box-1',
  complete: true,
  running: true,
  ...over,
});
const HALF = listing({ complete: false, running: false });
const STOPPED = listing({ running: false });
const OTHER = listing({ sandboxId: 'box-2' });

describe('the difference between a task and what its provider has', () => {
  it.each([
    // history, listed, difference
    ['no task, nothing', [], undefined, null],
    ['no task, a sandbox', [], listing(), 'orphan'],
    ['no task, half a sandbox', [], HALF, 'orphan'],
    ['killed, nothing', HISTORIES.killed, undefined, null],
    ['killed, a sandbox', HISTORIES.killed, STOPPED, 'orphan'],
    ['being killed, a sandbox', HISTORIES.killing, listing(), null],
    ['being killed, nothing left', HISTORIES.killing, undefined, null],
    ['failed to be killed, half a sandbox', failedIn('destroy_sandbox'), HALF, null],
    ['not begun, nothing', HISTORIES.init_enqueue_provision, undefined, null],
    ['being made, nothing yet', HISTORIES.init_create_sandbox, undefined, null],
    ['being made, half a sandbox', HISTORIES.init_create_sandbox, HALF, null],
    ['being made, made but not yet recorded', HISTORIES.init_create_sandbox, STOPPED, null],
    ['failed to be made, nothing', failedIn('create_sandbox'), undefined, null],
    ['failed to be made, half a sandbox', failedIn('create_sandbox'), HALF, 'half_made'],
    ['failed to be made, made late', failedIn('create_sandbox'), STOPPED, 'unrecorded'],
    ['getting its agent', HISTORIES.init_ensure_agent, STOPPED, null],
    ['getting its agent, nothing', HISTORIES.init_ensure_agent, undefined, 'missing'],
    ['failed later, nothing', failedIn('ensure_agent'), undefined, 'missing'],
    ['failed later, its sandbox', failedIn('ensure_agent'), STOPPED, null],
    ['running', HISTORIES.running, listing(), null],
    ['running, nothing', HISTORIES.running, undefined, 'missing'],
    ['running, half a sandbox', HISTORIES.running, HALF, 'half_made'],
    ['running, another sandbox', HISTORIES.running, OTHER, 'other_sandbox'],
    ['running, stopped', HISTORIES.running, STOPPED, 'not_running'],
    ['being archived', HISTORIES.archiving, listing(), null],
    ['archived', HISTORIES.archived, STOPPED, null],
    ['archived, still running', HISTORIES.archived, listing(), 'still_running'],
    ['archived, files gone', HISTORIES.archived, undefined, 'missing'],
  ] as const)('%s', (_, history, listed, difference) => {
    expect(sandboxDifference('simulated', fold(history), listed)).toBe(difference);
  });

  it('is an orphan at a provider that its task does not live at', () => {
    expect(sandboxDifference('local', fold(HISTORIES.running), listing())).toBe('orphan');
    expect(sandboxDifference('local', fold(HISTORIES.running), undefined)).toBeNull();
  });
});
