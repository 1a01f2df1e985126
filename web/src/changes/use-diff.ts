import type { ChangedFile } from '@slipway/client';
import { api } from '../api/api.js';
import { useResource, type Resource } from '../ui/use-resource.js';

/** Diffs that were read stay for a while: files come into view again. */
const MOST_KEPT = 200;
const kept = new Map<string, string>();

/** The diff of one file as it was seen at a time, read when it is wanted. */
export function useDiff(
  taskId: string,
  seenAt: string,
  { path, oldPath }: ChangedFile,
  wanted: boolean,
): Resource<string> {
  const key = `${taskId} ${seenAt} ${path}`;
  const known = kept.get(key);
  const read = useResource(wanted && known === undefined ? key : null, async (signal) => {
    const text = await api.getDiff(taskId, { path, oldPath }, { signal });
    kept.set(key, text);
    for (const oldest of kept.keys()) if (kept.size > MOST_KEPT) kept.delete(oldest);
    return text;
  });
  return known === undefined ? read : { data: known, error: undefined, loading: false };
}
