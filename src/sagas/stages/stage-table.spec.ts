import { describe, expect, it } from '@jest/globals';
import { HISTORIES, TASK_ID } from '../../../test/support/task-history.js';
import { evolve } from '../../events/task/evolve.js';
import type { Task, TaskState } from '../../events/task/task-state.js';
import type { SandboxProvider, SandboxRef } from '../../providers/sandbox-provider.js';
import { STAGE_TABLE } from './stage-table.js';

type StageTools = Parameters<typeof STAGE_TABLE.create_sandbox>[1];

const task = HISTORIES.init_create_sandbox.reduce<TaskState>(evolve, null) as Task;
const made: SandboxRef = { sandboxId: `sandbox-${TASK_ID}`, path: '/there' };

/** The stage, where the provider has (or makes) this. */
const createSandbox = (found: SandboxRef | null, created: SandboxRef = made) => {
  const provider: Partial<SandboxProvider> = {
    findSandbox: () => Promise.resolve(found),
    createSandbox: () => Promise.resolve(created),
  };
  const tools = { provider, signal: new AbortController().signal } as unknown as StageTools;
  return STAGE_TABLE.create_sandbox(task, tools);
};

describe('the sandbox of a task', () => {
  const outcome = { stage: 'create_sandbox', ...made };

  it('is the one that is found, or made, on its branch or by a provider that does not tell', async () => {
    const ours = { ...made, branchName: task.branchName! };
    expect(await createSandbox(ours)).toEqual(outcome);
    expect(await createSandbox(null, ours)).toEqual(outcome);
    expect(await createSandbox(made)).toEqual(outcome);
  });

  it('is not one on another branch, of an attempt that finished late', async () => {
    const another = { ...made, branchName: 'another' };
    for (const attempt of [createSandbox(another), createSandbox(null, another)])
      await expect(attempt).rejects.toMatchObject({
        code: 'sandbox_damaged',
        retryable: false,
        message: `The sandbox was made for the branch another, and the task's branch is ${task.branchName}. Kill the task and create a new one.`,
      });
  });
});
