import { MOST_KEPT_SHOWN, type KeptRefs } from '../../events/task/task-events.js';
import type { SessionFold, Task } from '../../events/task/task-state.js';
import type { Stage } from '../../events/task/vocabulary.js';
import { ProviderError } from '../../events/provider-error.js';
import type { KeptWork, SessionRef } from '../../providers/sandbox-provider.js';
import type { StageEffect, StageTools } from './stage-effect.js';
import { ensureName } from './ensure-name.js';

/** Each stage's effect. What a new stage does is written here; when it runs follows from `react`. */
export const STAGE_TABLE: { readonly [S in Stage]: StageEffect<S> } = {
  ensure_name: ensureName,

  create_sandbox: async (task, { provider, signal }) => {
    const { taskId, repoRemote } = task;
    const spec = {
      taskId,
      repoRemote,
      branchName: task.branchName!,
      onBranch: task.onBranch ?? undefined,
    };
    const { branchName = spec.branchName, ...sandbox } =
      (await provider.findSandbox(taskId, signal)) ?? (await provider.createSandbox(spec, signal));
    // An attempt from before the task got another name, in a process that had been frozen, may finish late. It is not
    // destroyed: to that process the sandbox of today would be the wrong one.
    if (branchName !== spec.branchName)
      throw new ProviderError(
        'sandbox_damaged',
        `The sandbox was made for the branch ${branchName}, and the task's branch is ${spec.branchName}. Kill the task and create a new one.`,
        { retryable: false },
      );
    return { stage: 'create_sandbox', ...sandbox };
  },

  ensure_agent: async ({ taskId, agentType, sandboxId }, { provider, signal }) => {
    const agent = await provider.ensureAgent({ taskId, agentType, sandboxId: sandboxId! }, signal);
    return { stage: 'ensure_agent', ...agent };
  },

  create_session: async (task, tools) => {
    const first = task.sessions.find(({ sessionId }) => sessionId === task.sessionId)!;
    return { stage: 'create_session', ...(await openSession(task, first, tools)) };
  },

  release_sandbox: async ({ taskId }, { provider, signal }) => {
    await provider.releaseSandbox(taskId, signal);
    return { stage: 'release_sandbox' };
  },

  destroy_sandbox: async ({ taskId, keepBranch }, { provider, signal }) => {
    const { kept } = await provider.destroySandbox({ taskId, keepBranch }, signal);
    return { stage: 'destroy_sandbox', kept: kept && shownKept(kept) };
  },
};

/** A session at its provider. */
export type OpenedSession = SessionRef & { readonly worksInStream: boolean };

/** Finds the session at the provider, or creates it. The agent of a further session may be another one. */
export async function openSession(
  task: Task,
  { sessionId, agentType, prompt }: SessionFold,
  { provider, signal }: StageTools,
): Promise<OpenedSession> {
  const agent = { taskId: task.taskId, sandboxId: task.sandboxId!, agentType };
  if (sessionId !== task.sessionId) await provider.ensureAgent(agent, signal);
  // Where people can work in the session, the prompt is the first thing that is said in it; else it is handed over here.
  const worksInStream = provider.attachSession !== undefined;
  const spec = { ...agent, sessionId, prompt: worksInStream ? undefined : prompt };
  const session = (await provider.findSession(spec, signal)) ?? (await provider.createSession(spec, signal));
  return { ...session, worksInStream };
}

/** What is told of kept work: all of a reasonable number of refs; the repository has the others. */
const shownKept = ({ where, refs }: KeptWork): KeptRefs => ({
  where,
  count: refs.length,
  refs: refs.slice(0, MOST_KEPT_SHOWN),
});
