import { v5 as uuidv5 } from 'uuid';
import type { SessionFold, Task } from '../events/task/task-state.js';
import type { OpenSessionStream } from './session-commands.js';

const FIRST_PROMPT_NAMESPACE = 'b0a3d6c8-52f1-4d3c-9b1e-64a5e0f7c2d4';
const FROM_EARLIER_VERSION =
  'What was said so far was said with an earlier version of Slipway; only what comes now is here.';

/** How the stream of a task's session begins: with the prompt that it was asked for with, unless the agent had that already. */
export function openingOf(task: Task, session: SessionFold, at: string): OpenSessionStream {
  const { sessionId, agentType, prompt, wish } = session;
  const isOld = session.agentSessionId !== null && !session.worksInStream;
  return {
    type: 'Open',
    at,
    sessionId,
    taskId: task.taskId,
    workspaceId: task.workspaceId,
    agentType,
    permissionPolicy: wish.permissionPolicy ?? 'ask',
    modeId: wish.modeId ?? undefined,
    model: wish.model ?? undefined,
    ...(isOld
      ? { gap: FROM_EARLIER_VERSION }
      : prompt !== '' && {
          firstPrompt: { promptId: uuidv5(sessionId, FIRST_PROMPT_NAMESPACE), text: prompt },
        }),
  };
}
