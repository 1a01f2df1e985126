import type { TaskRecord, TaskStatus } from '@slipway/client';
import { STATUS } from './vocabulary.js';

const busy = (Object.keys(STATUS) as TaskStatus[]).filter((status) => STATUS[status].tone === 'busy');

/** What can be chosen, in the words of `?status=`. */
export const STATUS_FILTERS: readonly { readonly label: string; readonly value: string }[] = [
  { label: 'All', value: '' },
  { label: 'In progress', value: busy.join(',') },
  { label: 'Running', value: 'running' },
  { label: 'Error', value: 'error' },
  { label: 'Archived', value: 'archived' },
  { label: 'Killed', value: 'killed' },
];

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
