import type { Activity, TaskQuery, TaskRecord, TaskStatus } from '@slipway/client';
import { searchable } from '../../../src/platform/searchable.js';
import { STATUS } from './vocabulary.js';

const busy = (Object.keys(STATUS) as TaskStatus[]).filter((status) => STATUS[status].tone === 'busy');

export interface Choice {
  readonly label: string;
  /** As it stands in the address; empty for whatever. */
  readonly value: string;
}

/** What can be chosen, in the words of `?status=`. */
export const STATUS_FILTERS: readonly Choice[] = [
  { label: 'All', value: '' },
  { label: 'In progress', value: busy.join(',') },
  { label: 'Running', value: 'running' },
  { label: 'Error', value: 'error' },
  { label: 'Sleeping', value: 'sleeping' },
  { label: 'Archived', value: 'archived' },
  { label: 'Killed', value: 'killed' },
];

/** What can be chosen of what tasks are doing, in the words of `?activity=`. */
export const ACTIVITY_FILTERS: readonly Choice[] = [
  { label: 'Whatever they do', value: '' },
  { label: 'At work', value: 'starting,working,cancelling' satisfies Listed },
  { label: 'Waiting for an answer', value: 'waiting_for_permission' satisfies Listed },
  { label: 'Ready', value: 'idle' satisfies Listed },
  { label: 'Agent lost', value: 'lost' satisfies Listed },
  { label: 'Ended', value: 'ended' satisfies Listed },
];
type Listed = Activity | `${Activity},${Activity},${Activity}`;

const HOUR_MS = 3_600_000;
/** How long ago, in the words of `?since=`, which also takes a time (ISO 8601). */
const AGO_MS: Readonly<Record<string, number>> = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
  '30d': 30 * 24 * HOUR_MS,
};
export const SINCE_FILTERS: readonly Choice[] = [
  { label: 'Any age', value: '' },
  { label: 'Last hour', value: '1h' },
  { label: 'Last day', value: '24h' },
  { label: 'Last week', value: '7d' },
  { label: 'Last 30 days', value: '30d' },
];

/** Which of a workspace's tasks are shown, as it stands in the address; null makes no difference. */
export interface TaskFilter {
  /** One or more, separated by commas. */
  readonly status: string | null;
  readonly text: string | null;
  /** One or more, separated by commas. */
  readonly activity: string | null;
  /** Only tasks that wait for somebody. */
  readonly needsYou: boolean;
  /** The id of a project. */
  readonly project: string | null;
  /** One or more types, separated by commas. */
  readonly agent: string | null;
  /** How long ago at most, or a time. */
  readonly since: string | null;
}

/** The names in the address. */
export const FILTER_NAMES = ['status', 'q', 'activity', 'needsYou', 'project', 'agent', 'since'] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

export function filterOf({ searchParams }: URL): TaskFilter {
  const get = (name: FilterName) => searchParams.get(name) || null;
  return {
    status: get('status'),
    text: get('q'),
    activity: get('activity'),
    needsYou: get('needsYou') === 'true',
    project: get('project'),
    agent: get('agent'),
    since: get('since'),
  };
}

/** Whether the filter leaves anything out. */
export const isNarrowed = (filter: TaskFilter): boolean =>
  Object.values(filter).some((value) => value !== null && value !== false);

/** The filter in the words of the service, which says what is wrong with it. @param now milliseconds since the epoch */
export const queryOf = (filter: TaskFilter, now: number) =>
  ({
    status: (filter.status?.split(',') as TaskStatus[] | undefined) ?? undefined,
    activity: (filter.activity?.split(',') as Activity[] | undefined) ?? undefined,
    needsYou: filter.needsYou || undefined,
    projectId: filter.project ?? undefined,
    agentType: filter.agent?.split(','),
    createdFrom: sinceTime(filter, now),
    q: filter.text ?? undefined,
  }) satisfies TaskQuery;

/** To the minute, so that the same question stays the same for a while. */
function sinceTime({ since }: TaskFilter, now: number): string | undefined {
  if (since === null) return undefined;
  const ago = AGO_MS[since];
  return ago === undefined ? since : new Date(Math.floor((now - ago) / 60_000) * 60_000).toISOString();
}

/** Whether a record that came over the connection belongs into the list: what the query means to the service. */
export function matches(task: TaskRecord, filter: TaskFilter, now: number): boolean {
  const { activity, agentType, projectId, createdFrom } = queryOf(filter, now);
  return (
    matchesStatus(task, filter.status) &&
    (activity === undefined || (task.activity !== null && activity.includes(task.activity))) &&
    (!filter.needsYou || task.needsYou) &&
    (projectId === undefined || task.projectId === projectId) &&
    (agentType === undefined || agentType.includes(task.agentType)) &&
    (createdFrom === undefined || Date.parse(task.createdAt) >= Date.parse(createdFrom)) &&
    matchesText(task, filter.text)
  );
}

/** What `?status=` means to the service. */
export const matchesStatus = ({ status }: TaskRecord, wanted: string | null): boolean =>
  wanted === null || wanted.split(',').includes(status);

/** What `?q=` means to the service: the text occurs in the title, prompt, repository, branch or id. */
export function matchesText(
  { taskId, title, task, repoRemote, branchName }: TaskRecord,
  text: string | null,
): boolean {
  if (text === null) return true;
  const wanted = searchable(text);
  return [taskId, title, task, repoRemote, branchName].some(
    (field) => field !== null && searchable(field).includes(wanted),
  );
}
