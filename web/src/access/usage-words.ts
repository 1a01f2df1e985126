import type { WorkspaceUsage } from '@slipway/client';

const COUNT = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const MONEY = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });

/** One of the things that a workspace has. */
export interface UsageLine {
  readonly name: string;
  readonly used: number;
  /** Null: as much as there is. */
  readonly limit: number | null;
  /** `3 of 20`, or `3`. */
  readonly text: string;
}

/** What a workspace has now, with how much it may have where that is limited. What waits is told only where something does. */
export function usageLines({ now, limits }: WorkspaceUsage): UsageLine[] {
  const lines: UsageLine[] = [
    line('Live tasks', now.liveTasks, limits.liveTasks),
    line('Sessions', now.sessions, limits.sessions),
    line('Prompts that wait', now.promptsQueued, limits.promptsQueued),
    line('Agent minutes today', now.agentMinutesToday, limits.agentMinutesPerDay),
  ];
  return now.waitingTasks === 0
    ? lines
    : [line('Tasks that wait for room', now.waitingTasks, null), ...lines];
}

/** What the workspace has had today (UTC): `2 tasks, 1 prompt, 1,200 tokens, 0.42 USD`. */
export function todayText({ days: [today] }: WorkspaceUsage): string {
  if (today === undefined) return 'nothing';
  const parts = [
    counted(today.tasksCreated, 'task'),
    counted(today.prompts, 'prompt'),
    counted(today.inputTokens + today.outputTokens, 'token'),
    ...Object.entries(today.cost).map(([currency, cost]) => `${MONEY.format(cost)} ${currency}`),
  ];
  return parts.filter((part) => part !== null).join(', ') || 'nothing';
}

function line(name: string, used: number, limit: number | null): UsageLine {
  const text = limit === null ? COUNT.format(used) : `${COUNT.format(used)} of ${COUNT.format(limit)}`;
  return { name, used, limit, text };
}

const counted = (count: number, what: string): string | null =>
  count === 0 ? null : `${COUNT.format(count)} ${what}${count === 1 ? '' : 's'}`;
