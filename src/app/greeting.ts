import type { Settings } from '../platform/settings/settings.js';
import { visible } from '../platform/visible-text.js';

/** What a person at a terminal wants to know of a service that has just started: where it is and what to do next. */
export function greeting(url: string, settings: Settings): string {
  const { dataDir, eventStoreUrl, databaseUrl, localRepoRoots, providers } = settings;
  const embedded = 'embedded, for development and single machines';
  const rows: [string, string][] = [
    ['data', dataDir],
    ['events', eventStoreUrl === undefined ? embedded : `EventStoreDB at ${hostOf(eventStoreUrl)}`],
    ['rows', `${databaseUrl === undefined ? embedded : `PostgreSQL at ${hostOf(databaseUrl)}`}`],
    ['providers', providers.join(', ')],
  ];
  if (providers.includes('local')) {
    const roots = localRepoRoots.join(', ');
    rows.push([
      'repositories',
      roots
        ? `remote ones, and those below ${roots}`
        : 'remote ones (SLIPWAY_LOCAL_REPO_ROOTS allows others)',
    ]);
  }
  return [
    '',
    `  Slipway is at ${url}`,
    '',
    ...rows.map(([name, value]) => `  ${name.padEnd(13)}${visible(value)}`),
    '',
    '  A first task: press Create on the page, or, in another terminal:',
    "    npm run -s slipway -- tasks create 'fix: the login forgets the language' --repo <address>",
    '  Ctrl-C stops it; what is under way goes on after the next start.',
    '',
    '',
  ].join('\n');
}

/** Without user and password. */
const hostOf = (url: string): string => /^[a-z+]+:\/\/(?:[^@/?]*@)?([^/?]*)/.exec(url)?.[1] ?? '';
