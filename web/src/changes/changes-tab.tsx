import type { TaskRecord } from '@slipway/client';
import { lazy, Suspense } from 'react';
import { api, reasonOf } from '../api/api.js';
import { Otherwise } from '../conversation/rich-text.js';
import { Notice } from '../ui/notice.js';
import { useResource } from '../ui/use-resource.js';

const ChangesView = lazy(() => import('./changes-view.js'));
const READING = <p className="quiet">Reading the changes …</p>;

/** What the tab shows: the changes, read while the view of them is loaded, which is when somebody first looks at it. */
export function ChangesTab({ task, past }: { task: TaskRecord; past: boolean }) {
  const { taskId, changes, changesProblem } = task;
  const at = past ? task.position : undefined;
  const key = [taskId, changes?.at, changesProblem?.at, at].join(' ');
  const { data, error } = useResource(key, (signal) => api.getChanges(taskId, { at, signal }));
  if (error !== undefined) return <Notice title="The changes could not be read">{reasonOf(error)}</Notice>;
  return (
    <Otherwise show={<p>The view of the changes could not be loaded. Load the page again.</p>}>
      <Suspense fallback={READING}>
        <ChangesView task={task} data={data} past={past} />
      </Suspense>
    </Otherwise>
  );
}
