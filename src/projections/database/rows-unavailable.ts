import { ServiceUnavailableException } from '@nestjs/common';

const RETRY_AFTER_S = 2;

/** PostgreSQL is away: what only rows can answer cannot be answered now. */
export class RowsUnavailableError extends ServiceUnavailableException {
  constructor(options: { cause?: unknown } = {}) {
    super(
      {
        detail:
          'PostgreSQL does not answer. Tasks are accepted and provisioned all the same, and single tasks can be read; repeat this request later.',
        code: 'rows_unavailable',
        retryAfter: RETRY_AFTER_S,
      },
      options,
    );
  }
}

const NETWORK = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
];
/** SQLSTATE: connection exceptions, out of resources, shut down or starting up; and tables of another version. */
const STATES = /^(08|53|57P|57014|25P0|55P03|42P01|42703)/;

/** Whether the error says that the database, and not the question, is what is wrong. */
export function isRowsAway(error: unknown): boolean {
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string };
  if (typeof code === 'string') return NETWORK.includes(code) || STATES.test(code);
  return /terminated|timeout|timed out|not queryable|Connection ended|pool/i.test(message);
}
