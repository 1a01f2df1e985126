/** The words of the API contract: statuses, stages and session states, in the order in which they occur. */

/** Stages of provisioning, in order. */
export const PROVISIONING_STAGES = [
  'ensure_name',
  'create_sandbox',
  'ensure_agent',
  'create_session',
] as const;
export type ProvisioningStage = (typeof PROVISIONING_STAGES)[number];

/** Every durable stage: provisioning, then the two ways out. */
export const STAGES = [...PROVISIONING_STAGES, 'release_sandbox', 'destroy_sandbox'] as const;
export type Stage = (typeof STAGES)[number];

export const TASK_STATUSES = [
  'init_enqueue_provision',
  'init_ensure_name',
  'init_create_sandbox',
  'init_ensure_agent',
  'init_create_session',
  'running',
  'error',
  'archiving',
  'archived',
  'killing',
  'killed',
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export const SESSION_STATES = [
  'pending_provision',
  'pending_session_create',
  'ready',
  'error',
  /** With its task: archived or killed. */
  'ended',
] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/** The status that a task shows while it is in a stage. */
export const STATUS_OF_STAGE: Record<Stage, TaskStatus> = {
  ensure_name: 'init_ensure_name',
  create_sandbox: 'init_create_sandbox',
  ensure_agent: 'init_ensure_agent',
  create_session: 'init_create_session',
  release_sandbox: 'archiving',
  destroy_sandbox: 'killing',
};

/** The provisioning stage after this one, or null after the last. */
export function nextProvisioningStage(stage: Stage): ProvisioningStage | null {
  const index = (PROVISIONING_STAGES as readonly Stage[]).indexOf(stage);
  return index < 0 ? null : (PROVISIONING_STAGES[index + 1] ?? null);
}

const STAGE_TEXT: Record<Stage, string> = {
  ensure_name: 'Choosing a title and a branch',
  create_sandbox: 'Creating the sandbox',
  ensure_agent: 'Starting the agent',
  create_session: 'Opening the session',
  release_sandbox: 'Releasing the sandbox',
  destroy_sandbox: 'Destroying the sandbox',
};

/** What a stage does, in words for people. */
export const stageText = (stage: Stage): string => STAGE_TEXT[stage];

/** What a stage that is under way waits for, where that is somebody else than Slipway: it may take long. */
export const waitText = (stage: Stage): string =>
  stage === 'create_session' ? ': waiting for the agent to answer' : '';
