import { useTitle } from '../live/use-title.js';
import { Link } from '../router.js';
import { listAddress } from '../workspace.js';

/** For an address at which there is nothing. */
export function NotFoundPage({ path, workspace }: { path: string; workspace: string }) {
  useTitle('Nothing here');
  return (
    <main id="main" className="list-page">
      <h1 tabIndex={-1}>There is nothing at this address</h1>
      <div className="empty">
        <p>
          <code>{path}</code> is no page of Slipway. A task’s page is at <code>/tasks/</code> and its id.
        </p>
        <Link className="button primary" href={listAddress(workspace)}>
          All tasks
        </Link>
      </div>
    </main>
  );
}
