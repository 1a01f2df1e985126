import { ServiceUnavailableException } from '@nestjs/common';
import type { FailureCode } from '../../events/failure-codes.js';

const RETRY_AFTER_S = 2;
const REBUILDING_RETRY_AFTER_S = 5;

interface Reason {
  readonly detail: string;
  readonly code: FailureCode;
  readonly retryAfter: number;
}

/** What only rows can answer cannot be answered now (503). */
export class RowsUnavailableError extends ServiceUnavailableException {
  constructor(reason: Reason = AWAY, options: { cause?: unknown } = {}) {
    super(reason, options);
  }
}

const AWAY: Reason = {
  detail:
    'PostgreSQL does not answer. Tasks are accepted and provisioned all the same, and single tasks can be read; repeat this request later.',
  code: 'rows_unavailable',
  retryAfter: RETRY_AFTER_S,
};
const SLOW: Reason = {
  detail:
    'PostgreSQL is there, but did not come to an end with this in time. Ask for less (a status, a project, a longer search text), or repeat this request later.',
  code: 'rows_slow',
  retryAfter: RETRY_AFTER_S,
};
const OTHER_VERSION: Reason = {
  detail:
    'The rows were made by another version of the service and do not have what this needs yet; they are rebuilt beside those in use. Tasks are accepted, provisioned and read meanwhile; repeat this request later.',
  code: 'rows_rebuilding',
  retryAfter: REBUILDING_RETRY_AFTER_S,
};

const NETWORK = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
];
/** SQLSTATE: connection exceptions, out of resources, shut down or starting up, ended while idle, no such database. */
const AWAY_STATES = /^(08|53|57P|25P0|3D000)/;
/** SQLSTATE: cancelled because the statement's time was over, or that of a lock. */
const SLOW_STATES = ['57014', '55P03'];
/** SQLSTATE: no such table, no such column. With the rows of another version it is they that lack it, else our SQL is wrong. */
const MISSING_STATES = ['42P01', '42703'];
/** What the driver says without a code. Words of its own, spelled as it spells them. */
const DRIVER =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed|Connection ended|Cannot use a pool)/;

/**
 * The error by what it means for the caller: RowsUnavailableError where the database is away, too slow, or of another
 * version; anything else is a bug of ours, and comes back as it is.
 * @param isOurVersion asks whether all rows were made by this version
 */
export async function explained(error: unknown, isOurVersion: () => Promise<boolean>): Promise<unknown> {
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string };
  const options = { cause: error };
  if (typeof code !== 'string') return DRIVER.test(message) ? new RowsUnavailableError(AWAY, options) : error;
  if (NETWORK.includes(code) || AWAY_STATES.test(code)) return new RowsUnavailableError(AWAY, options);
  if (SLOW_STATES.includes(code)) return new RowsUnavailableError(SLOW, options);
  if (!MISSING_STATES.includes(code)) return error;
  return (await isOurVersion()) ? error : new RowsUnavailableError(OTHER_VERSION, options);
}
