import { connection } from '../live/live.js';
import { navigate } from '../router.js';
import { inWorkspace } from '../workspace.js';
import { api } from './api.js';
import { isAsked, isKnown, onWhoChanged, ownToken } from './sign-in.js';

/** Finds out who one is, and again when the connection is lost: a log-in may be over, and a browser is not told why nobody takes its socket. */
export function findOutWho(): void {
  ask(true);
  let wasDown = false;
  connection.onStatus(() => {
    const isDown = connection.getStatus().phase === 'down';
    if (isDown && !wasDown && ownToken() === undefined) ask(false);
    wasDown = isDown;
  });
  // Nobody is let in meanwhile.
  onWhoChanged(() => {
    if (isAsked()) connection.close();
  });
}

function ask(isFirst: boolean): void {
  api.getCaller().then(
    (caller) => {
      isKnown(caller);
      const { pathname, searchParams } = new URL(location.href);
      // Who is let into one workspace alone has nothing to look for in the one that an address without a name means.
      const isNameless = pathname === '/' && !searchParams.has('workspace');
      if (isFirst && isNameless && caller.workspaceId !== '*')
        navigate(inWorkspace('/', caller.workspaceId), { replace: true });
    },
    // Away, or it asks who one is: that shows elsewhere.
    () => undefined,
  );
}
