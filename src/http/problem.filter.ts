import { Catch, HttpException, HttpStatus, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import type { Logger } from 'pino';
import { CommandRefusedError } from '../commands/decide.js';
import { InvalidRequestError } from '../commands/invalid-request.js';
import { UndecodableEventError } from '../events/codec.js';
import {
  EventStoreRefusedError,
  EventStoreUnavailableError,
  WrongExpectedRevisionError,
} from '../events/store/event-store.js';

/** Seconds after which a caller may try again while the event store is away. */
const RETRY_AFTER_S = 2;

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
  constructor(private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const { retryAfter, ...problem } = toProblem(error);
    if (problem.status >= 500) this.log.error({ err: error }, problem.title);
    if (response.headersSent) {
      response.end();
      return;
    }
    if (retryAfter !== undefined) response.setHeader('Retry-After', retryAfter);
    response
      .status(problem.status)
      .type('application/problem+json')
      .send(JSON.stringify({ type: 'about:blank', ...problem }));
  }
}

function toProblem(error: unknown): Problem {
  if (error instanceof InvalidRequestError) {
    const title =
      error.status === 400 ? 'The request is not valid' : 'The request conflicts with an earlier one';
    return { status: error.status, title, detail: error.message, errors: error.problems };
  }
  if (error instanceof CommandRefusedError) {
    const missing = error.code === 'task_not_found';
    const title = missing ? 'Not found' : 'Not possible for the task as it is';
    return { status: missing ? 404 : 409, title, detail: error.message, code: error.code };
  }
  if (error instanceof EventStoreUnavailableError) {
    const detail =
      'The event store does not answer; nothing half-done remains. Repeat the request, with the same Idempotency-Key if it had one.';
    return { status: 503, title: 'The event store is away', detail, retryAfter: RETRY_AFTER_S };
  }
  if (error instanceof EventStoreRefusedError) {
    return {
      status: 503,
      title: 'The event store refused',
      detail: error.message,
      retryAfter: RETRY_AFTER_S,
    };
  }
  if (error instanceof WrongExpectedRevisionError) {
    const detail = 'Too many others are changing this task just now; nothing was done. Repeat the request.';
    return { status: 503, title: 'The task is too busy', detail, retryAfter: RETRY_AFTER_S };
  }
  if (error instanceof UndecodableEventError) {
    return {
      status: 500,
      title: 'The task cannot be read',
      detail: error.message,
      code: 'undecodable_event',
    };
  }
  if (error instanceof HttpException) return fromHttpException(error);
  return (
    fromMiddleware(error) ?? {
      status: 500,
      title: 'Internal error',
      detail: 'Something went wrong here; the log says what.',
    }
  );
}

function fromHttpException(error: HttpException): Problem {
  const status = error.getStatus();
  const body = error.getResponse();
  const title = HttpStatus[status]?.toLowerCase().replaceAll('_', ' ') ?? 'error';
  if (typeof body === 'string') return { status, title, detail: body };
  const { message, error: _, statusCode: __, ...rest } = body as Record<string, unknown>;
  return { title, detail: typeof message === 'string' ? message : error.message, ...rest, status };
}

/** What Express middleware (the body parser above all) throws: it carries a status that is meant to be shown. */
function fromMiddleware(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  if (error.status < 400 || error.status >= 500) return undefined;
  return { status: error.status, title: 'The request cannot be read', detail: error.message };
}
