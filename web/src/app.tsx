import { lazy, Suspense, useEffect, useRef } from 'react';
import { useIsAsked } from './api/sign-in.js';
import { Otherwise } from './conversation/rich-text.js';
import { useLink } from './live/live.js';
import { CreateTaskPage } from './pages/create-task.js';
import { NotFoundPage } from './pages/not-found.js';
import { SignInPage } from './pages/sign-in.js';
import { TaskListPage } from './pages/task-list.js';
import { TaskPage } from './pages/task.js';
import { routeOf } from './route.js';
import { Link, useLocation } from './router.js';
import { ShortcutKeys } from './shortcut-keys.js';
import { LinkBanner } from './ui/link-banner.js';
import { WhoMenu } from './ui/who-menu.js';
import { inWorkspace, workspaceOf } from './workspace.js';
import { Icon } from './ui/icon.js';

const AuditPage = lazy(() => import('./access/audit-page.js'));

export function App() {
  const url = useLocation();
  const workspace = workspaceOf(url);
  useFocusOnNavigation(url.pathname);
  const isAsked = useIsAsked();
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="top">
        <Link className="brand" href={inWorkspace('/', workspace)} aria-label="Slipway: all tasks">
          <img src="/slipway.svg" alt="" width="28" height="28" />
          Slipway
        </Link>
        <LinkLight />
        <nav aria-label="Main">
          <ShortcutKeys workspace={workspace} />
          <WhoMenu />
          <Link className="button primary" href={inWorkspace('/new', workspace)}>
            <Icon name="plus" />
            New task
          </Link>
        </nav>
      </header>
      <LinkBanner />
      {isAsked ? (
        <SignInPage problem={url.searchParams.get('problem')} />
      ) : (
        <Page url={url} workspace={workspace} />
      )}
    </>
  );
}

function Page({ url, workspace }: { url: URL; workspace: string }) {
  const route = routeOf(url);
  if (route.page === 'task') return <TaskPage key={route.taskId} taskId={route.taskId} at={route.at} />;
  if (route.page === 'new') return <CreateTaskPage workspace={workspace} from={route.from} />;
  if (route.page === 'audit')
    return (
      <Otherwise show={<p>The page could not be loaded. Load it again.</p>}>
        <Suspense fallback={<main id="main" aria-busy="true" />}>
          <AuditPage key={`${workspace} ${route.subject}`} workspace={workspace} subject={route.subject} />
        </Suspense>
      </Otherwise>
    );
  if (route.page === 'unknown') return <NotFoundPage path={url.pathname} workspace={workspace} />;
  return <TaskListPage key={workspace} workspace={workspace} url={url} />;
}

function LinkLight() {
  const { phase } = useLink();
  const words = { idle: 'Offline', connecting: 'Connecting', live: 'Live', down: 'Offline' }[phase];
  return (
    <span className={`link-light ${phase}`}>
      <span className="dot" aria-hidden="true" />
      {words}
    </span>
  );
}

/** A new page begins at its heading, also for those who do not see it change. */
function useFocusOnNavigation(path: string): void {
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  }, [path]);
}
