import type { SessionFold, Task } from '../../events/task/task-state.js';
import type { ProviderRegistry } from '../../providers/provider-registry.js';
import type { SessionRef } from '../../providers/sandbox-provider.js';

/** Finds the session at the task's provider, or creates it. The agent of a further session may be another one. */
export async function openSession(
  providers: ProviderRegistry,
  task: Task,
  session: SessionFold,
  signal: AbortSignal,
): Promise<SessionRef> {
  const provider = providers.get(task.providerId);
  const { taskId } = task;
  const { sessionId, agentType, prompt } = session;
  const agent = { taskId, sandboxId: task.sandboxId!, agentType };
  if (sessionId !== task.sessionId) await provider.ensureAgent(agent, signal);
  const spec = { ...agent, sessionId, prompt };
  return (await provider.findSession(spec, signal)) ?? (await provider.createSession(spec, signal));
}
