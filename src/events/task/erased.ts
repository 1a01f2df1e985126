import { ERASED } from '../texts.js';
import type { ActionFold } from './action-state.js';
import type { SessionFold, Task } from './task-state.js';

const textOf = (text: string | null): string | null => text && ERASED;

/**
 * The task without what people and agents said. What is left does not depend on the texts, so that the fold of a stream whose
 * key is destroyed is the same.
 */
export function erased(task: Task): Task {
  return {
    ...task,
    task: ERASED,
    title: textOf(task.title),
    branchName: textOf(task.branchName),
    branchWish: textOf(task.branchWish),
    takenBranches: [],
    onBranch: textOf(task.onBranch),
    requestHash: textOf(task.requestHash),
    statusMessage: 'Killed, and what was said in it is erased',
    error: task.error && { ...task.error, reason: ERASED },
    notices: task.notices.map(() => ERASED),
    setupCommands: textOf(task.setupCommands),
    setup: task.setup && { ...task.setup, output: textOf(task.setup.output) },
    sessions: task.sessions.map(session),
    kept: task.kept && { ...task.kept, refs: task.kept.refs.map((ref) => ({ ...ref, name: ERASED })) },
    actions: task.actions.map(action),
    changes: task.changes && withoutBranch(task.changes),
    changesProblem: task.changesProblem && { ...task.changesProblem, reason: ERASED },
    erased: true,
  };
}

const session = (each: SessionFold): SessionFold => ({
  ...each,
  prompt: each.prompt && ERASED,
  error: each.state === 'error' ? textOf(each.error) : each.error,
});

const action = (each: ActionFold): ActionFold => {
  const { author: _, ...push } = each.push;
  return {
    ...each,
    message: ERASED,
    push: { ...push, message: null },
    pullRequest: each.pullRequest && { ...each.pullRequest, title: null, body: null, base: null },
    error: each.error && { ...each.error, reason: ERASED },
  };
};

function withoutBranch({ branch: _, ...changes }: NonNullable<Task['changes']>): Task['changes'] {
  return changes;
}
