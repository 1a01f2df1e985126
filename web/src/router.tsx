import { useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from 'react';

/** The page's own navigation: three routes need no library. */
const MOVED = 'slipway:moved';

const subscribe = (changed: () => void) => {
  addEventListener('popstate', changed);
  addEventListener(MOVED, changed);
  return () => {
    removeEventListener('popstate', changed);
    removeEventListener(MOVED, changed);
  };
};

/** Path and query, as in `/tasks/4711?workspace=acme`. */
const current = () => location.pathname + location.search;

export function useLocation(): URL {
  return new URL(useSyncExternalStore(subscribe, current), location.origin);
}

export function navigate(to: string, { replace = false } = {}): void {
  if (to === current()) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  if (!replace) scrollTo(0, 0);
  dispatchEvent(new Event(MOVED));
}

/** A link within the page. Modified clicks keep their meaning. */
export function Link({ href, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const go = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return <a href={href} onClick={go} {...rest} />;
}
