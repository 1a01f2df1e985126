/** The words of the API contract: statuses, stages and session states, in the order in which they occur. */

/** Stages of provisioning that every task goes through, in order. */
export const PROVISIONING_STAGES = [
  'ensure_name',
  'create_sandbox',
  'ensure_agent',
  'create_session',
] as const;
export type ProvisioningStage = (typeof PROVISIONING_STAGES)[number];

/** Every durable stage: provisioning (`run_setup` where there is something to run), then the two ways out. */
export const STAGES = [
  'ensure_name',
  'create_sandbox',
  'run_setup',
  'ensure_agent',
  'create_session',
  'release_sandbox',
  'destroy_sandbox',
] as const;
export type Stage = (typeof STAGES)[number];

/** What a task may wait for before it begins: room among those of its workspace. */
export const WAITS = ['live_tasks', 'sessions', 'agent_minutes'] as const;
export type WaitsFor = (typeof WAITS)[number];

const WAIT_TEXT: Record<WaitsFor, (limit: number) => string> = {
  live_tasks: (limit) => `the workspace has its ${limit} live tasks; one has to be archived or killed`,
  sessions: (limit) => `the workspace has its ${limit} sessions; a task has to be archived or killed`,
  agent_minutes: (limit) => `the agents of the workspace have worked their ${limit} minutes of today (UTC)`,
};

/** What a task waits for, in words for people. */
export const roomText = (waitsFor: WaitsFor, limit: number): string =>
  `Waiting for room: ${WAIT_TEXT[waitsFor](limit)}`;

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
  /** Archived because of a deadline; the next prompt brings it back. */
  'sleeping',
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
  run_setup: 'init_create_sandbox',
  ensure_agent: 'init_ensure_agent',
  create_session: 'init_create_session',
  release_sandbox: 'archiving',
  destroy_sandbox: 'killing',
};

/** Whether the stage leads to a task that runs, and is none of the ways out. */
export const isProvisioning = (stage: Stage): boolean =>
  stage !== 'release_sandbox' && stage !== 'destroy_sandbox';

/** Where a sandbox's setup is from: given with the task, the project's settings, or a file of the repository. */
export const SETUP_SOURCES = ['task', 'project', 'repository'] as const;
export type SetupSource = (typeof SETUP_SOURCES)[number];

export const SETUP_STATES = ['pending', 'running', 'done', 'failed'] as const;
export type SetupState = (typeof SETUP_STATES)[number];

/** The repository's own setup. */
export const SETUP_FILE = '.slipway/setup.sh';

/** The provisioning stage after this one, or null after the last. `run_setup` follows only where there is a setup. */
export function nextProvisioningStage(
  stage: Stage,
  { hasSetup = false }: { readonly hasSetup?: boolean } = {},
): ProvisioningStage | 'run_setup' | null {
  if (stage === 'create_sandbox' && hasSetup) return 'run_setup';
  if (stage === 'run_setup') return 'ensure_agent';
  const index = (PROVISIONING_STAGES as readonly Stage[]).indexOf(stage);
  return index < 0 ? null : (PROVISIONING_STAGES[index + 1] ?? null);
}

const STAGE_TEXT: Record<Stage, string> = {
  ensure_name: 'Choosing a title and a branch',
  create_sandbox: 'Creating the sandbox',
  run_setup: 'Running the setup',
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
