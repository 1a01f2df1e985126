import type { TaskEvent } from './task-events.js';
import type { Stage } from './vocabulary.js';

/** The events that each end one stage well, whosever task it is. */
const STAGE_ENDED_BY: ReadonlyMap<string, Stage> = new Map<TaskEvent['type'], Stage>([
  ['TaskNamed', 'ensure_name'],
  ['SandboxCreated', 'create_sandbox'],
  ['AgentStarted', 'ensure_agent'],
  ['SandboxReleased', 'release_sandbox'],
  ['SandboxDestroyed', 'destroy_sandbox'],
]);

/**
 * The stage that the event ends well, or null when it ends none. The page, the CLI and the rows all ask here.
 * @param firstSession the id of the task's first session, whose creation is a stage; that of further ones is none
 */
export function stageEndedBy(
  event: { readonly type: string; readonly data: object },
  firstSession: string | undefined,
): Stage | null {
  if (event.type !== 'SessionCreated') return STAGE_ENDED_BY.get(event.type) ?? null;
  return 'sessionId' in event.data && event.data.sessionId === firstSession ? 'create_session' : null;
}
