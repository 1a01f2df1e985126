import type { Prompt, SlipwayClient } from '@slipway/client';

const OVER: readonly Prompt['state'][] = ['done', 'cancelled', 'failed', 'withdrawn', 'unsure'];

/** Resolves with the prompt when the agent has worked on it, or will not; looks whenever the task's record changes. */
export async function waitForPrompt(
  client: SlipwayClient,
  taskId: string,
  sessionId: string,
  promptId: string,
): Promise<Prompt> {
  for await (const task of client.watchTask(taskId)) {
    const { items } = await client.listPrompts(taskId, sessionId);
    const prompt = items.find((each) => each.promptId === promptId);
    if (prompt && OVER.includes(prompt.state)) return prompt;
    const session = task.sessions.find((each) => each.sessionId === sessionId);
    if (session?.state === 'ended' || session?.state === 'error')
      throw new Error(`The session is over: ${session.error ?? session.state}.`);
  }
  throw new Error('The live updates ended.');
}
