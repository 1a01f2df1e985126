import { MOST_KEPT_SHOWN, MOST_SETUP_OUTPUT, type KeptRefs } from '../../events/task/task-events.js';
import type { SessionFold, Task } from '../../events/task/task-state.js';
import type { Stage } from '../../events/task/vocabulary.js';
import { ProviderError } from '../../events/provider-error.js';
import type { KeptWork, SessionRef } from '../../providers/sandbox-provider.js';
import type { StageEffect, StageTools } from './stage-effect.js';
import { ensureName } from './ensure-name.js';

const NO_VARIABLES = "The project's variables are not in the sandbox: its provider gives none.";

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
      workspaceId: task.workspaceId,
      envId: task.env?.envId,
      submodules: task.submodules,
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
    const isWithout = task.env !== null && !provider.givesVariables;
    const notices = [...(sandbox.notices ?? []), ...(isWithout ? [NO_VARIABLES] : [])];
    return { stage: 'create_sandbox', ...sandbox, ...(notices.length > 0 && { notices }) };
  },

  run_setup: async ({ taskId, sandboxId, setup, setupCommands }, { provider, signal }) => {
    if (!provider.runSetup)
      throw new ProviderError(
        'setup_unsupported',
        `The provider ${provider.id} runs no setup, and the task or its repository has one.`,
      );
    const commands = setup?.source === 'repository' ? undefined : (setupCommands ?? undefined);
    const spec = { taskId, sandboxId: sandboxId!, commands, run: setup?.run ?? 1 };
    const { output } = await provider.runSetup(spec, signal);
    return { stage: 'run_setup', output: output.slice(-MOST_SETUP_OUTPUT).toWellFormed() };
  },

  ensure_agent: async ({ taskId, agentType, sandboxId }, { provider, signal }) => {
    const agent = await provider.ensureAgent({ taskId, agentType, sandboxId: sandboxId! }, signal);
    return { stage: 'ensure_agent', ...agent };
  },

  create_session: async (task, tools) => {
    const first = task.sessions.find(({ sessionId }) => sessionId === task.sessionId)!;
    return { stage: 'create_session', ...(await openSession(task, first, tools)) };
  },

  release_sandbox: async (task, { provider, sessionEnds, context, signal }) => {
    await provider.releaseSandbox(task.taskId, signal);
    await sessionEnds.endAll(
      task,
      (task.lifecycle?.asleep ?? null) === null ? 'archived' : 'asleep',
      context,
    );
    return { stage: 'release_sandbox' };
  },

  destroy_sandbox: async (task, { provider, sessionEnds, context, signal }) => {
    const { taskId, keepBranch } = task;
    const { kept } = await provider.destroySandbox({ taskId, keepBranch }, signal);
    await sessionEnds.endAll(task, 'killed', context);
    return { stage: 'destroy_sandbox', kept: kept && shownKept(kept) };
  },
};

/** A session at its provider; earlier versions handed the prompt over with its opening. */
export type OpenedSession = SessionRef & { readonly worksInStream: true };

/** Finds the session at the provider, or creates it. The agent of a further session may be another one. */
export async function openSession(
  task: Task,
  { sessionId, agentType }: SessionFold,
  { provider, signal }: StageTools,
): Promise<OpenedSession> {
  const agent = { taskId: task.taskId, sandboxId: task.sandboxId!, agentType };
  if (sessionId !== task.sessionId) await provider.ensureAgent(agent, signal);
  const spec = { ...agent, sessionId };
  const session = (await provider.findSession(spec, signal)) ?? (await provider.createSession(spec, signal));
  return { ...session, worksInStream: true };
}

/** What is told of kept work: all of a reasonable number of refs; the repository has the others. */
const shownKept = ({ where, refs }: KeptWork): KeptRefs => ({
  where,
  count: refs.length,
  refs: refs.slice(0, MOST_KEPT_SHOWN),
});
