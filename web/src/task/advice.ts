import { FAILURES, knownCode } from '../../../src/events/failure-codes.js';
import type { TaskRecord } from '@slipway/client';

/** What a person can do about a task in error: what the service's own table of failures says. */
export function advice({ error }: TaskRecord): string {
  const code = knownCode(error?.code ?? 'unexpected');
  if (code !== 'unexpected') return FAILURES[code].advice;
  return error?.stage === 'release_sandbox' || error?.stage === 'destroy_sandbox'
    ? 'Retry to clean up again; what is gone already is not missed.'
    : FAILURES.unexpected.advice;
}
