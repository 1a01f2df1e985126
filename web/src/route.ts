/** What an address shows. `at` is the moment of the past that it names, a position or a time; null for now. */
export type Route =
  | { readonly page: 'task'; readonly taskId: string; readonly at: string | null }
  | { readonly page: 'new' }
  | { readonly page: 'list' };

/** The page's three routes; whatever else is asked for shows the list. */
export function routeOf(url: URL): Route {
  const taskId = /^\/tasks\/([^/]+)$/.exec(url.pathname)?.[1];
  if (taskId !== undefined)
    return { page: 'task', taskId: taskId.toLowerCase(), at: url.searchParams.get('at') };
  return { page: url.pathname === '/new' ? 'new' : 'list' };
}
