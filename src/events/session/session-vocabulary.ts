/** The words of the API contract for sessions that people work in. */

/** How the agent's questions are answered: by a person, for edits by the policy, all by the policy, none. */
export const PERMISSION_POLICIES = ['ask', 'allow_edits', 'allow_all', 'deny'] as const;
export type PermissionPolicy = (typeof PERMISSION_POLICIES)[number];

/** What a session is doing, the most urgent first: that of a task is the most urgent of its sessions'. */
export const ACTIVITIES = [
  'waiting_for_permission',
  'lost',
  'cancelling',
  'working',
  'starting',
  'idle',
  'ended',
] as const;
export type Activity = (typeof ACTIVITIES)[number];

/** What became of a prompt. */
export const PROMPT_STATES = [
  'queued',
  'sent',
  'working',
  'done',
  'cancelled',
  'failed',
  'withdrawn',
  'unsure',
] as const;
export type PromptState = (typeof PROMPT_STATES)[number];

/** The most urgent of the activities; null of none. */
export function mostUrgent(activities: readonly Activity[]): Activity | null {
  return ACTIVITIES.find((activity) => activities.includes(activity)) ?? null;
}
