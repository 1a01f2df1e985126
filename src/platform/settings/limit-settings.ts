import { wholeNumber } from './setting-kinds.js';
import { optional, setting } from './setting.js';

const MOST = 1_000_000_000;
const limit = (variable: string, doc: string) =>
  optional(variable, wholeNumber(0, MOST), doc, 'unset: no limit').as((value) => value ?? null);

/** How much each workspace may have where nothing else was set for it (`PATCH /v1/workspaces/{workspaceId}`). */
export const LIMIT_SETTINGS = {
  limits: {
    liveTasks: limit(
      'SLIPWAY_LIMIT_LIVE_TASKS',
      'tasks of a workspace that are begun and neither archived nor killed; further ones wait. This and the other limits hold for workspaces that have none of their own (`slipway workspaces limit`)',
    ),
    sessions: limit(
      'SLIPWAY_LIMIT_SESSIONS',
      'sessions in the live tasks of a workspace; further tasks wait',
    ),
    agentMinutesPerDay: limit(
      'SLIPWAY_LIMIT_AGENT_MINUTES_PER_DAY',
      'minutes that the agents of a workspace work in a day (UTC); then its tasks wait and prompts are refused until the next one',
    ),
    createsPerMinute: limit('SLIPWAY_LIMIT_CREATES_PER_MINUTE', 'tasks created in a workspace in a minute'),
    promptsQueued: limit(
      'SLIPWAY_LIMIT_PROMPTS_QUEUED',
      'prompts that wait for agents in a workspace at a time',
    ),
    idleStopAfter: limit(
      'SLIPWAY_IDLE_STOP_AFTER_S',
      'seconds without activity after which a sandbox stops and its task sleeps until the next prompt, where neither task, project nor workspace say how many; `0`: never',
    ),
    maxAge: limit(
      'SLIPWAY_MAX_AGE_S',
      'seconds that a sandbox goes on at most, whatever happens in it, before its task sleeps until the next prompt; `0`: any number',
    ),
  },
  /** How much each client may ask of a process, where somebody is asked who they are; 0: as much as they like. */
  clients: {
    requestsPerS: setting(
      'SLIPWAY_CLIENT_REQUESTS_PER_S',
      wholeNumber(0, 1_000_000),
      500,
      'requests and connections of one token (or log-in) in a second, at each replica; more are 429. `0`, and with `SLIPWAY_AUTH=none`: any number',
    ),
    wrongPerMinute: setting(
      'SLIPWAY_WRONG_TOKENS_PER_MINUTE',
      wholeNumber(0, 1_000_000),
      300,
      'requests without a token that holds from one address in a minute; more are 429 until the minute is over, and those with one are let in all the same. `0`: any number',
    ),
    sockets: setting(
      'SLIPWAY_CLIENT_SOCKETS',
      wholeNumber(0, 20_000),
      200,
      'WebSockets, terminals among them, that one token (or log-in) has open at each replica; further ones are closed with 1013. `0`, and with `SLIPWAY_AUTH=none`: any number',
    ),
    topics: setting(
      'SLIPWAY_CLIENT_TOPICS',
      wholeNumber(0, 1_000_000),
      2_000,
      'topics that one token (or log-in) follows at each replica over all its sockets; a further one is refused with `too_many_subscriptions`. `0`, and with `SLIPWAY_AUTH=none`: any number',
    ),
    framesPerS: setting(
      'SLIPWAY_CLIENT_FRAMES_PER_S',
      wholeNumber(0, 1_000_000),
      500,
      'frames of one token (or log-in; with `SLIPWAY_AUTH=none` of one socket) that are read of `/v1/live` in a second, at each replica: what comes faster waits, and a socket that goes on and on is closed with 1008. `0`: any number',
    ),
  },
  /** Of the live updates of this process. */
  live: {
    topicsOfSocket: setting(
      'SLIPWAY_SOCKET_TOPICS',
      wholeNumber(1, 10_000),
      100,
      'topics that one WebSocket follows; a further one is refused with `too_many_subscriptions`',
    ),
    catchUps: setting(
      'SLIPWAY_LIVE_CATCH_UPS',
      wholeNumber(1, 8),
      4,
      'pages of what subscribers missed that are read at a time, of the ten connections that readers have; clients take turns page by page',
    ),
  },
};
