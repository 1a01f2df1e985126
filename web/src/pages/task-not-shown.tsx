import { SlipwayError } from '@slipway/client';
import { reasonOf } from '../api/api.js';
import { Link } from '../router.js';
import { listAddress } from '../workspace.js';
import { Icon } from '../ui/icon.js';
import { Notice } from '../ui/notice.js';

/** In place of a task: it is being read, could not be read, or is not there. */
export function TaskNotShown({ error }: { error: unknown }) {
  const missing = error instanceof SlipwayError && (error.status === 404 || error.status === 400);
  return (
    <main id="main" className="task-page">
      <Link className="back" href={listAddress('default')}>
        <Icon name="back" />
        Tasks
      </Link>
      <h1 tabIndex={-1}>{missing ? 'No such task' : 'Task'}</h1>
      {error === undefined ? (
        <p className="quiet" role="status">
          Reading the task…
        </p>
      ) : (
        <Notice title={missing ? 'There is no task at this address' : 'The task could not be read'}>
          {reasonOf(error)}
        </Notice>
      )}
    </main>
  );
}
