import type { Activity, TaskRecord, TaskStatus } from '@slipway/client';
import { STATUS } from './vocabulary.js';

const busy = (Object.keys(STATUS) as TaskStatus[]).filter((status) => STATUS[status].tone === 'busy');

/** What can be chosen, in the words of `?status=`. */
export const STATUS_FILTERS: readonly { readonly label: string; readonly value: string }[] = [
  { label: 'All', value: '' },
  { label: 'In progress', value: busy.join(',') },
  { label: 'Running', value: 'running' },
  { label: 'Error', value: 'error' },
  { label: 'Sleeping', value: 'sleeping' },
  { label: 'Archived', value: 'archived' },
  { label: 'Killed', value: 'killed' },
];

/** What can be chosen of what tasks are doing, in the words of `?activity=`. */
export const ACTIVITY_FILTERS: readonly { readonly label: string; readonly value: string }[] = [
  { label: 'Whatever they do', value: '' },
  { label: 'At work', value: 'starting,working,cancelling' satisfies Listed },
  { label: 'Waiting for an answer', value: 'waiting_for_permission' satisfies Listed },
  { label: 'Ready', value: 'idle' satisfies Listed },
  { label: 'Agent lost', value: 'lost' satisfies Listed },
  { label: 'Ended', value: 'ended' satisfies Listed },
];
type Listed = Activity | `${Activity},${Activity},${Activity}`;

/** What `?activity=` means to the service. */
export const matchesActivity = ({ activity }: TaskRecord, wanted: string | null): boolean =>
  wanted === null || (activity !== null && wanted.split(',').includes(activity));

/** Whether a record that came over the connection belongs into a filtered list: what `?status=` means to the service. */
export const matchesStatus = ({ status }: TaskRecord, wanted: string | null): boolean =>
  wanted === null || wanted.split(',').includes(status);

/** What `?q=` means to the service: the text occurs in the title, prompt, repository or branch. */
export function matchesText(
  { title, task, repoRemote, branchName }: TaskRecord,
  text: string | null,
): boolean {
  if (text === null) return true;
  const wanted = text.toLowerCase();
  return [title, task, repoRemote, branchName].some((field) => field?.toLowerCase().includes(wanted));
}
