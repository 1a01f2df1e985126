import { type KeptRefs, MOST_KEPT_SHOWN } from '../../events/task/task-events.js';
import type { KeptWork } from '../../providers/sandbox-provider.js';

/** What is told of kept work: all of a reasonable number of refs; the repository has the others. */
export function shownKept({ where, refs }: KeptWork): KeptRefs {
  return { where, count: refs.length, refs: refs.slice(0, MOST_KEPT_SHOWN) };
}
