import { listOf, oneOf, wholeNumber } from './setting-kinds.js';
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
