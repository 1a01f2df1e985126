import {
  Catch,
  HttpException,
  ServiceUnavailableException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { Response } from 'express';
import type { Logger } from 'pino';
import { CommandRefusedError, InvalidRequestError } from '../commands/command-refused.js';
import { TooBusyError } from '../commands/turns.js';
import { UndecodableEventError } from '../events/codec.js';
import { FAILURES, knownCode, statusOf, type FailureCode } from '../events/failure-codes.js';
import {
  EventStoreFullError,
  EventStoreRefusedError,
  EventStoreUnavailableError,
  WrongExpectedRevisionError,
} from '../store/event-store.js';
import { ProviderError } from '../events/provider-error.js';
import { AccessDeniedError } from '../access/access.js';
import type { RefusalRecord } from '../access/refusal-record.js';
import { TooManyError } from '../access/too-many.js';
import { noteRefusal } from './access/refusals.js';
import { DoorRefusedError } from './door.js';
import type { CallersRequest } from './access/caller.js';
import { BODY_LIMIT, RequestUnreadableError } from './readable-request.js';

/** Seconds after which a caller may try again while the event store is away. */
const RETRY_AFTER_S = 2;

/** So many wrong fields are named in one answer. */
const MAX_PROBLEMS = 20;

interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly retryAfter?: number;
  readonly [extension: string]: unknown;
}

/** Every error leaves as `application/problem+json` (RFC 9457): what is wrong and what to change. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly log: Logger,
    private readonly refusals: Pick<RefusalRecord, 'note'>,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const request = host.switchToHttp().getRequest<CallersRequest>();
    const { retryAfter, ...problem } = toProblem(error);
    // Rows that are behind, say, are no fault of anybody's: the answer says all of it.
    if (problem.status >= 500 && !isRefusedByUs(error))
      this.log.error({ err: error, requestId: request.requestId }, problem.title);
    noteRefusal(this.refusals, error, request);
    if (response.headersSent) {
      response.end();
      return;
    }
    if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    if (retryAfter !== undefined) response.setHeader('Retry-After', retryAfter);
    response
      .status(problem.status)
      .type('application/problem+json')
      .send(JSON.stringify({ type: 'about:blank', ...problem }));
  }
}

/** Refused by a controller, a query or a command of ours with a code, not by what broke. */
const isRefusedByUs = (error: unknown): boolean =>
  error instanceof TooBusyError ||
  (error instanceof ServiceUnavailableException &&
    typeof (error.getResponse() as { code?: unknown }).code === 'string');

function toProblem(error: unknown): Problem {
  if (error instanceof InvalidRequestError) {
    const shown = error.problems.slice(0, MAX_PROBLEMS);
    const more = error.problems.length - shown.length;
    const texts = shown.map(({ message }) => message);
    if (more > 0) texts.push(`and ${more} more`);
    return { ...problem(error.code, texts.join('; ')), errors: shown };
  }
  if (error instanceof RequestUnreadableError) {
    const { problems } = error;
    return { ...problem(error.code, error.message), ...(problems && { errors: problems }) };
  }
  if (error instanceof CommandRefusedError)
    return { ...problem(error.code, error.message), ...error.details };
  if (error instanceof DoorRefusedError || error instanceof AccessDeniedError)
    return problem(error.code, error.message);
  if (error instanceof TooManyError)
    return { ...problem(error.code, error.message), retryAfter: error.retryAfter };
  if (error instanceof EventStoreFullError) {
    return { ...problem('event_store_refused', error.message), retryAfter: RETRY_AFTER_S };
  }
  if (error instanceof EventStoreUnavailableError) {
    const detail =
      'The event store does not answer; nothing half-done remains. Repeat the request, with the same Idempotency-Key if it had one.';
    return { ...problem('event_store_unavailable', detail), retryAfter: RETRY_AFTER_S };
  }
  if (error instanceof EventStoreRefusedError) {
    return { ...problem('event_store_refused', error.message), retryAfter: RETRY_AFTER_S };
  }
  if (error instanceof WrongExpectedRevisionError || error instanceof TooBusyError) {
    const detail = 'Too many others are changing this task just now; nothing was done. Repeat the request.';
    return { ...problem('task_too_busy', detail), retryAfter: RETRY_AFTER_S };
  }
  if (error instanceof UndecodableEventError) {
    return problem('undecodable_event', error.message);
  }
  if (error instanceof ProviderError) {
    const retryAfter = error.retryable ? RETRY_AFTER_S : undefined;
    return { ...problem(error.code, error.message), retryAfter };
  }
  if (statusOfThrown(error) === 413) {
    return problem('body_too_large', `The body is larger than the limit of ${BODY_LIMIT} bytes.`);
  }
  if (error instanceof HttpException) return fromHttpException(error);
  return fromMiddleware(error) ?? problem('internal_error', 'Something went wrong here; the log says what.');
}

/** Status and title follow from the code. */
const problem = (code: FailureCode, detail: string): Problem => ({
  status: statusOf(code),
  title: FAILURES[code].title,
  detail,
  code,
});

/** The status that an error carries: the body parser's own ones come as they are or wrapped by Nest. */
const statusOfThrown = (error: unknown): unknown => (error as { status?: unknown } | undefined)?.status;

/** What a controller or Nest itself refuses with; `code` in it, where it has one, says the rest. */
function fromHttpException(error: HttpException): Problem {
  const body = error.getResponse();
  const fields = typeof body === 'string' ? {} : (body as Record<string, unknown>);
  const { message, error: _, statusCode: __, code, detail, ...rest } = fields;
  const known = typeof code === 'string' ? knownCode(code) : codeOfStatus(error.getStatus());
  const text = [detail, message].find((part) => typeof part === 'string') ?? error.message;
  return { ...problem(known, text as string), ...rest };
}

/** What Express middleware (the body parser above all) throws: it carries a status that is meant to be shown. */
function fromMiddleware(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  if (error.status < 400 || error.status >= 500) return undefined;
  if (error instanceof URIError) return problem('malformed_url', error.message);
  return problem(codeOfStatus(error.status), error.message);
}

/** The code of an error that knows only its status. */
const codeOfStatus = (status: number): FailureCode =>
  STATUS_CODES[status] ?? (status < 500 ? 'invalid_request' : 'internal_error');

const STATUS_CODES: Readonly<Record<number, FailureCode>> = {
  400: 'malformed_body',
  404: 'not_found',
  413: 'body_too_large',
  415: 'unsupported_media_type',
};
