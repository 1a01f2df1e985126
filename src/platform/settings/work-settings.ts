import { listOf, oneOf, text, wholeNumber, yesOrNo } from './setting-kinds.js';
import { setting } from './setting.js';
import { stageSettings } from './stage-settings.js';

export const ROLES = ['api', 'saga', 'projector'] as const;
export type Role = (typeof ROLES)[number];

/** One is enough for whatever a person waits for. */
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** What this replica does, how much of it at a time, and how often it tries. */
export const WORK_SETTINGS = {
  roles: setting(
    'SLIPWAY_ROLES',
    listOf(oneOf(...ROLES), ROLES.join(', '), false),
    ROLES,
    'what this replica does',
  ).as((roles): ReadonlySet<Role> => new Set(roles)),
  /** Stages under way at one provider at a time. */
  providerConcurrency: setting(
    'SLIPWAY_PROVIDER_CONCURRENCY',
    wholeNumber(1, 10_000),
    64,
    'stages under way at each provider at a time',
  ),
  /** Of a shell in a sandbox. */
  terminalIdleMs: setting(
    'SLIPWAY_TERMINAL_IDLE_S',
    wholeNumber(1, 7 * 24 * 3_600, 'seconds'),
    3_600,
    'a terminal into which nothing was typed for so long is closed',
  ).as((seconds) => seconds * 1_000),
  stages: stageSettings(),
  backOff: {
    firstMs: setting(
      'SLIPWAY_BACKOFF_FIRST_MS',
      wholeNumber(1, HOUR_MS, 'milliseconds'),
      1_000,
      'wait before the second attempt; doubling, with jitter',
    ),
    capMs: setting(
      'SLIPWAY_BACKOFF_CAP_MS',
      wholeNumber(1, HOUR_MS, 'milliseconds'),
      30_000,
      'the longest wait between two attempts',
    ),
  },
  /** Pushes and pull requests. */
  actions: {
    timeoutMs: setting(
      'SLIPWAY_ACTION_TIMEOUT_MS',
      wholeNumber(1_000, HOUR_MS, 'milliseconds'),
      300_000,
      'time-out of a push or a pull request',
    ),
    attempts: setting(
      'SLIPWAY_ACTION_ATTEMPTS',
      wholeNumber(1, 100),
      5,
      'attempts of a push or a pull request',
    ),
    concurrency: setting(
      'SLIPWAY_ACTION_CONCURRENCY',
      wholeNumber(1, 1_000),
      8,
      'pushes and pull requests under way at a time',
    ),
  },
  /** How often open pull requests are looked at; 0: never. */
  pullRequestsEveryS: setting(
    'SLIPWAY_PULL_REQUESTS_EVERY_S',
    wholeNumber(0, 86_400, 'seconds'),
    300,
    'how often open pull requests are looked at; `0`: never by itself',
  ),
  /** Deliveries to webhooks. */
  webhooks: {
    deliver: setting(
      'SLIPWAY_WEBHOOKS',
      yesOrNo,
      true,
      'whether this service delivers to webhooks: `false` where a restored backup is only looked at',
    ),
    timeoutMs: setting(
      'SLIPWAY_WEBHOOK_TIMEOUT_MS',
      wholeNumber(100, 60_000, 'milliseconds'),
      10_000,
      'time-out of one delivery to a webhook, from looking up its host to the end of the answer',
    ),
    giveUpMs: setting(
      'SLIPWAY_WEBHOOK_GIVE_UP_S',
      wholeNumber(1, 30 * 86_400, 'seconds'),
      86_400,
      'a webhook whose deliveries have failed for so long is disabled, and says so',
    ).as((seconds) => seconds * 1_000),
  },
  /** Of the commits that are made of what is not committed. */
  commitAuthor: setting(
    'SLIPWAY_COMMIT_AUTHOR',
    text('a name and an address, as in Jane Doe <jane@example.com>', 300, {
      pattern: '^[^<>\\x00-\\x1f\\x7f-\\x9f]{1,200} <[^<>\\s]{1,200}>$',
    }),
    'Slipway <slipway@localhost>',
    'who commits what an agent has left uncommitted when it is pushed',
  ).as((whole) => {
    const at = whole.lastIndexOf(' <');
    return { name: whole.slice(0, at).trim(), email: whole.slice(at + 2, -1) };
  }),
  /** Where the project's settings say nothing. */
  submodules: setting(
    'SLIPWAY_SUBMODULES',
    yesOrNo,
    false,
    "whether a checkout's submodules are fetched, where the project's settings say nothing; from addresses that could be remotes, with the workspace's credentials",
  ),
  /** Hosts of pull requests, beside github.com and gitlab.com. */
  gitHosts: setting(
    'SLIPWAY_GIT_HOSTS',
    listOf(
      text('one', 1_000, {
        pattern: '^[A-Za-z0-9.:\\[\\]-]+=(github|gitlab)(:https?:\\/\\/[^\\s,@?#]+)?$',
      }),
      'git hosts, as in git.example.com=github or git.example.com=gitlab:https://git.example.com',
    ),
    [],
    'hosts of your own that speak the API of GitHub (Enterprise Server) or GitLab: `host=github`, or `host=gitlab:<address of its API>`; a comma list',
    { shown: 'unset: github.com and gitlab.com' },
  ).as((entries) =>
    entries.map((entry) => {
      const [, host, kind, apiUrl] = /^(.*?)=(github|gitlab)(?::(.*))?$/.exec(entry)!;
      return { host: host!.toLowerCase(), kind: kind as 'github' | 'gitlab', apiUrl };
    }),
  ),
  /** How long a question of an agent waits for an answer; 0: for ever. */
  permissionDeadlineMs: setting(
    'SLIPWAY_PERMISSION_DEADLINE_MS',
    wholeNumber(0, WEEK_MS, 'milliseconds'),
    0,
    'a question of an agent that nobody has answered for so long is cancelled; `0`: it waits for ever',
  ),
  /** How often orphaned sandboxes are counted; 0: never. */
  auditEveryS: setting(
    'SLIPWAY_AUDIT_EVERY_S',
    wholeNumber(0, 86_400, 'seconds'),
    300,
    'how often the service looks for orphaned sandboxes and ended agents; `0`: never',
  ),
  /** How long a shutdown may take before it is cut short. */
  shutdownMs: setting(
    'SLIPWAY_SHUTDOWN_MS',
    wholeNumber(100, 600_000, 'milliseconds'),
    10_000,
    'a shutdown that takes longer is cut short',
  ),
};
