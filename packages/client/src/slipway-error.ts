import type { FailureCode, FieldProblem, Problem } from './types.js';

/**
 * What this client itself finds wrong:
 * - `unreachable`: nobody answers at the address
 * - `no_answer`: no answer came within the time limit; what was asked for may have been done all the same
 * - `unreadable_answer`: an answer came that is none of Slipway's
 * - `no_websocket`: this platform has no WebSocket and none was given in
 * - `client_closed`: the client was closed while something was followed
 */
export type ClientCode = 'unreachable' | 'no_answer' | 'unreadable_answer' | 'no_websocket' | 'client_closed';

/** What the service has against a subscription. */
export type SubscriptionCode =
  'malformed_frame' | 'unknown_event' | 'unknown_topic' | 'invalid_after' | 'too_many_subscriptions';

/** A stable word for programs. A newer service may have words that this version does not know. */
export type ErrorCode = FailureCode | ClientCode | SubscriptionCode | (string & {});

export interface ErrorFacts {
  readonly code: ErrorCode;
  /** What is wrong and what to change, for people. */
  readonly detail: string;
  readonly status?: number;
  readonly title?: string;
  readonly fields?: readonly FieldProblem[];
  readonly work?: Problem['work'];
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Everything that goes wrong between a caller and the service. Its message is its detail. */
export class SlipwayError extends Error {
  override readonly name = 'SlipwayError';
  readonly code: ErrorCode;
  readonly detail: string;
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  readonly title: string;
  /** One entry for each field of the request that is wrong. */
  readonly fields: readonly FieldProblem[];
  /** With `unpushed_work`: what is on no remote, where that could be told. */
  readonly work: Problem['work'];
  /** After how many milliseconds the service wants to be asked again, where it says so. */
  readonly retryAfterMs: number | undefined;

  constructor(facts: ErrorFacts) {
    super(facts.detail, { cause: facts.cause });
    this.code = facts.code;
    this.detail = facts.detail;
    this.status = facts.status ?? 0;
    this.title = facts.title ?? facts.detail;
    this.fields = facts.fields ?? [];
    this.work = facts.work;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** The error that an answer is: a problem (RFC 9457), or whatever a proxy in between has put in its place. */
export function errorOfAnswer(asked: string, response: Response, body: unknown): SlipwayError {
  const problem: Partial<Problem> = typeof body === 'object' && body !== null ? body : {};
  const said = `${asked} was answered with ${response.status}`;
  const title = textOr(problem.title, said);
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  return new SlipwayError({
    code: textOr(problem.code, 'unreadable_answer'),
    status: response.status,
    title,
    detail: textOr(problem.detail, title),
    fields: Array.isArray(problem.errors) ? problem.errors : [],
    work: problem.work,
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : undefined,
  });
}

const textOr = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && value !== '' ? value : otherwise;
