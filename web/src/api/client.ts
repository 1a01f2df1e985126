import type { FieldProblem, Problem } from './types.js';

/** The service said no, or could not be reached (`status` 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly fields: readonly FieldProblem[] = [],
  ) {
    super(detail);
  }
}

interface Call {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** How far the service's clock is ahead of this one, in milliseconds: elapsed times are told in its time. */
let clockAhead = 0;
/** The Date header counts whole seconds and an answer travels: less than this is no difference. */
const CLOCK_TOLERANCE_MS = 2_000;

/** The time at the service, in milliseconds since the epoch. */
export const serviceNow = (): number => Date.now() + clockAhead;

/** Asks the API. Rejects with ApiError, or with the signal's reason. */
export async function call<T>(method: 'GET' | 'POST', path: string, options: Call = {}): Promise<T> {
  const { body, headers, signal } = options;
  const response = await fetch(path, {
    method,
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
    cache: 'no-store',
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'No connection', 'The service does not answer. Is it running?');
  });
  readClock(response);
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer as T;
  throw toApiError(response.status, answer);
}

function readClock(response: Response): void {
  const theirs = Date.parse(response.headers.get('date') ?? '');
  const ahead = theirs - Date.now();
  if (!Number.isNaN(ahead)) clockAhead = Math.abs(ahead) > CLOCK_TOLERANCE_MS ? ahead : 0;
}

function toApiError(status: number, answer: unknown): ApiError {
  const problem = (answer ?? {}) as Partial<Problem>;
  const title = problem.title ?? `The service answered ${status}`;
  return new ApiError(status, title, problem.detail ?? title, problem.errors);
}

/** The words for people in whatever was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
