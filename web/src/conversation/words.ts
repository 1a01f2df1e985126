import type { SessionRecord } from '@slipway/client';
import type { Question } from './conversation.js';

export const POLICY: Record<SessionRecord['permissionPolicy'], string> = {
  ask: 'Ask me',
  allow_edits: 'Allow edits',
  allow_all: 'Allow everything',
  deny: 'Refuse everything',
};

/** `950`, `12.3k`, `1.2M`. */
export function short(count: number): string {
  if (count < 1_000) return String(Math.round(count));
  const [share, unit] = count < 999_950 ? [count / 1_000, 'k'] : [count / 1_000_000, 'M'];
  return `${share.toFixed(1).replace(/\.0$/, '')}${unit}`;
}

/** What the session has used: `12.3k of 200k tokens · 0.12 USD`. Empty where nothing is known. */
export function usageText({
  used,
  size,
  inputTokens,
  outputTokens,
  cost,
  currency,
}: SessionRecord['usage']): string {
  const parts = [];
  if (used !== undefined) parts.push(`${short(used)}${size ? ` of ${short(size)}` : ''} tokens`);
  else if (inputTokens !== undefined || outputTokens !== undefined)
    parts.push(`${short(inputTokens ?? 0)} in, ${short(outputTokens ?? 0)} out`);
  if (cost !== undefined) parts.push(`${cost.toFixed(cost < 0.01 && cost > 0 ? 4 : 2)} ${currency ?? 'USD'}`);
  return parts.join(' · ');
}

/** How a turn ended that did not simply end. */
export function endText(stopReason: string, failure: string | undefined): string {
  switch (stopReason) {
    case 'cancelled':
      return 'Stopped';
    case 'max_tokens':
      return 'The answer was cut off: it is as long as the agent may answer.';
    case 'max_turn_requests':
      return 'The agent stopped: it may not do more in one turn.';
    case 'refusal':
      return 'The agent refused.';
    case 'lost':
      return 'The agent ended before it had answered.';
    case 'failed':
      return `The agent answered with an error${failure ? `: ${failure}` : '.'}`;
    default:
      return `The turn ended: ${stopReason}${failure ? `, ${failure}` : ''}`;
  }
}

const BY: Readonly<Record<string, string>> = {
  person: 'by a person',
  policy: 'by the policy',
  deadline: 'because nobody answered in time',
  cancel: 'because the turn was stopped',
};

/** What became of a question. */
export function answerText({ state, answer, options, by = '' }: Question): string {
  const who = BY[by] ?? (by === '' ? '' : `by ${by}`);
  if (state === 'cancelled') return `Not answered, ${who || 'cancelled'}`;
  const option = options.find(({ optionId }) => optionId === answer);
  return [option?.name ?? answer ?? 'Answered', who].filter(Boolean).join(', ');
}

const TOOL: Readonly<Record<string, string>> = {
  read: 'Read',
  edit: 'Edit',
  delete: 'Delete',
  move: 'Move',
  search: 'Search',
  execute: 'Run',
  think: 'Think',
  fetch: 'Fetch',
};
export const toolKind = (kind: string): string => TOOL[kind] ?? 'Tool';

/** What an agent is doing, for those who do not see it. */
export function activityText({ state, activity }: Pick<SessionRecord, 'state' | 'activity'>): string {
  if (state.startsWith('pending')) return 'Preparing environment';
  if (state === 'ended' || activity === 'ended') return 'Ended';
  switch (activity) {
    case 'starting':
      return 'The agent is starting';
    case 'working':
      return 'The agent is working';
    case 'waiting_for_permission':
      return 'The agent waits for your answer';
    case 'cancelling':
      return 'Stopping';
    case 'lost':
      return 'The agent has ended. What you ask next starts it again.';
    default:
      return '';
  }
}
