/** What an address shows. `at` is the moment of the past that it names, a position or a time; null for now. */
export type Route =
  | { readonly page: 'task'; readonly taskId: string; readonly at: string | null }
  /** `from`: the task whose values the form begins with, or null. */
  | { readonly page: 'new'; readonly from: string | null }
  /** `subject`: the id of the task or session to which something was done, or null for all. */
  | { readonly page: 'audit'; readonly subject: string | null }
  | { readonly page: 'list' }
  | { readonly page: 'unknown' };

/** The page's routes; whatever else is asked for is said to be nothing. */
export function routeOf(url: URL): Route {
  const taskId = /^\/tasks\/([^/]+)$/.exec(url.pathname)?.[1];
  if (taskId !== undefined)
    return { page: 'task', taskId: taskId.toLowerCase(), at: url.searchParams.get('at') };
  if (url.pathname === '/new') return { page: 'new', from: url.searchParams.get('from') };
  if (url.pathname === '/audit') return { page: 'audit', subject: url.searchParams.get('subject') };
  return { page: url.pathname === '/' ? 'list' : 'unknown' };
}
