import type { Activity, SessionRecord, SessionState, Stage, TaskRecord, TaskStatus } from '@slipway/client';

/** The API's words in people's words. */

export const PROVISIONING = [
  'ensure_name',
  'create_sandbox',
  'ensure_agent',
  'create_session',
] as const satisfies Stage[];

/** Those of a task with a setup. */
export const WITH_SETUP = [
  'ensure_name',
  'create_sandbox',
  'run_setup',
  'ensure_agent',
  'create_session',
] as const satisfies Stage[];

export const STAGE_NAME: Record<Stage, string> = {
  ensure_name: 'Name & branch',
  create_sandbox: 'Sandbox',
  run_setup: 'Setup',
  ensure_agent: 'Agent',
  create_session: 'Session',
  release_sandbox: 'Release sandbox',
  destroy_sandbox: 'Destroy sandbox',
};

/** The stage that a status says to be under way; a setup is a part of making the sandbox. */
export const STAGE_OF_STATUS: Partial<Record<TaskStatus, Stage>> = {
  init_ensure_name: 'ensure_name',
  init_create_sandbox: 'create_sandbox',
  init_ensure_agent: 'ensure_agent',
  init_create_session: 'create_session',
  archiving: 'release_sandbox',
  killing: 'destroy_sandbox',
};

/** What colours a status: under way, fine, needs somebody, over. */
export type Tone = 'busy' | 'good' | 'asks' | 'bad' | 'over';

interface Label {
  readonly label: string;
  readonly tone: Tone;
}

export const STATUS: Record<TaskStatus, Label> = {
  init_enqueue_provision: { label: 'Created', tone: 'busy' },
  init_ensure_name: { label: 'Naming', tone: 'busy' },
  init_create_sandbox: { label: 'Creating sandbox', tone: 'busy' },
  init_ensure_agent: { label: 'Starting agent', tone: 'busy' },
  init_create_session: { label: 'Opening session', tone: 'busy' },
  running: { label: 'Running', tone: 'good' },
  error: { label: 'Error', tone: 'bad' },
  archiving: { label: 'Archiving', tone: 'busy' },
  archived: { label: 'Archived', tone: 'over' },
  sleeping: { label: 'Sleeping', tone: 'over' },
  killing: { label: 'Killing', tone: 'busy' },
  killed: { label: 'Killed', tone: 'over' },
};

const SESSION: Record<SessionState, Label> = {
  pending_provision: { label: 'Preparing environment', tone: 'busy' },
  pending_session_create: { label: 'Preparing environment', tone: 'busy' },
  ready: { label: 'Ready', tone: 'good' },
  ended: { label: 'Ended', tone: 'over' },
  error: { label: 'Error', tone: 'bad' },
};

export const ACTIVITY: Record<Activity, Label> = {
  starting: { label: 'Starting', tone: 'busy' },
  working: { label: 'Working', tone: 'busy' },
  waiting_for_permission: { label: 'Needs you', tone: 'asks' },
  cancelling: { label: 'Stopping', tone: 'busy' },
  idle: { label: 'Ready', tone: 'good' },
  lost: { label: 'Agent lost', tone: 'bad' },
  ended: { label: 'Ended', tone: 'over' },
};

/** What a session is or, where people can work in it, what it is doing. */
export const sessionLabel = ({ state, activity }: Pick<SessionRecord, 'state' | 'activity'>): Label =>
  state === 'ready' && activity !== null ? ACTIVITY[activity] : SESSION[state];

/** What a task is or, while an agent is at work in it, what that does. */
export function taskLabel({
  status,
  activity,
  needsYou,
}: Pick<TaskRecord, 'status' | 'activity' | 'needsYou'>): Label {
  if (status !== 'running') return STATUS[status];
  if (needsYou) return ACTIVITY.waiting_for_permission;
  return activity === null || activity === 'idle' || activity === 'ended' || activity === 'starting'
    ? STATUS.running
    : ACTIVITY[activity];
}

/** `acme/shop` of `https://github.com/acme/shop.git`. */
export function repositoryName(remote: string): string {
  const parts = remote
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split(/[/:]/)
    .filter(Boolean);
  return parts.slice(-2).join('/') || remote;
}

/** A task's title, or before it has one the beginning of its prompt. */
export const titleOf = (task: { title: string | null; task: string }): string =>
  task.title ?? task.task.trim().split('\n', 1)[0]!.slice(0, 120);
