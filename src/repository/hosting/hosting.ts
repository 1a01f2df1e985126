import { ProviderError } from '../../events/provider-error.js';
import { VISIBLE } from '../../platform/text-rules.js';
import { visible } from '../../platform/visible-text.js';
import type { CheckState, PullRequestState } from '../../events/task/action-state.js';
import type { FailureCode } from '../../events/failure-codes.js';

/** Where pull requests (or merge requests) are opened: what GitHub and GitLab have in common. */
export interface Hosting {
  /**
   * Opens a pull request of the branch, or finds the open one that there is.
   * @throws ProviderError; `HostingBusyError` when the host says how long to wait
   */
  openPullRequest(spec: PullRequestSpec, signal: AbortSignal): Promise<OpenedPullRequest>;

  /** How a pull request is now. @throws as above */
  observePullRequest(number: number, signal: AbortSignal): Promise<ObservedPullRequest>;
}

export interface PullRequestSpec {
  readonly branch: string;
  /** The branch that it is to go into; the repository's default one when null. */
  readonly base: string | null;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
}

export interface OpenedPullRequest {
  readonly url: string;
  readonly number: number;
  readonly state: PullRequestState;
}

export interface ObservedPullRequest extends OpenedPullRequest {
  readonly checks: CheckState;
}

/** What a host's API is called with. */
export interface HostingAccess {
  readonly apiUrl: string;
  /** `owner/name`, or a longer path at GitLab. */
  readonly path: string;
  readonly token: string;
  /** As people know the host. */
  readonly host: string;
  /** Told that the host refused the token; whether another one can be had. */
  readonly refused?: () => Promise<boolean>;
}

/** What GitHub and GitLab take: at GitLab a title has 255 characters, at GitHub a body 65,536. */
const MOST_TITLE = 255;
const MOST_BODY = 65_000;

/** A title that every host takes: one line, not too long. */
export const fitTitle = (title: string): string =>
  cut(visible(title.replace(/\s+/g, ' ').trim()), MOST_TITLE);

/** The wish, as every host takes it: what is too long is cut, and says so by its last sign. */
export const fitted = (spec: PullRequestSpec): PullRequestSpec => ({
  ...spec,
  title: fitTitle(VISIBLE.test(spec.title) ? spec.title : spec.branch),
  body: cut(spec.body, MOST_BODY),
});

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`.toWellFormed();

/** The longest that a host is left alone for because it asks to be, in milliseconds. */
export const LONGEST_WAIT_MS = 3_600_000;

/** The host asks to be left alone for a while. */
export class HostingBusyError extends ProviderError {
  readonly waitMs: number;

  constructor(message: string, waitMs: number, cause?: unknown) {
    super('hosting_unavailable', message, { retryable: true, cause });
    this.waitMs = Math.min(Math.max(0, waitMs), LONGEST_WAIT_MS);
  }
}

/** What `Retry-After` asks for, in milliseconds: it has seconds, or a time; undefined for what is neither. */
export function retryAfterMs(header: string | number | null | undefined): number | undefined {
  if (header === null || header === undefined || header === '') return undefined;
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(String(header)) - Date.now() : seconds * 1_000;
  return Number.isNaN(ms) ? undefined : ms;
}

/** The failure; worth another attempt where the token was refused and another one can be had. */
export async function renewed(failure: Error, { refused }: HostingAccess): Promise<Error> {
  if (!(failure instanceof ProviderError) || failure.code !== 'credentials_refused') return failure;
  if (!(await refused?.())) return failure;
  const { code, message, cause } = failure;
  return new ProviderError(code, message, { retryable: true, cause });
}

const MOST_SAID = 500;

/** What a host says of an error, on one line: what is before a host (a proxy, a login page) answers with whole pages. */
function said(message: string): string {
  const isPage = /^\s*<(!doctype|html|\?xml)/i.test(message);
  const text = isPage ? (/<title>([^<]*)/i.exec(message)?.[1] ?? 'a page, not what its API says') : message;
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > MOST_SAID ? `${line.slice(0, MOST_SAID)}…`.toWellFormed() : line;
}

/** Whatever an answer of a host's API with an error means. */
export function hostingFailure(
  host: string,
  {
    status,
    message: words,
    retryAfterMs,
  }: { status: number | undefined; message: string; retryAfterMs?: number },
  cause: unknown,
): ProviderError {
  const message = said(words);
  const failed = (code: FailureCode, text: string, retryable: boolean) =>
    new ProviderError(code, text, { retryable, cause });
  if (retryAfterMs !== undefined && (status === 403 || status === 429 || status === 503))
    return new HostingBusyError(`${host} asks to wait: ${message}`, retryAfterMs, cause);
  if (status === undefined || status === 408 || status === 429 || status >= 500)
    return failed('hosting_unavailable', `${host} does not answer as it should: ${message}`, true);
  if (status === 401) return failed('credentials_refused', `${host} refused the token: ${message}`, false);
  if (status === 404)
    return failed(
      'hosting_refused',
      `${host} shows no such repository to the token; it needs the right to open pull requests: ${message}`,
      false,
    );
  return failed('hosting_refused', `${host} refused it: ${message}`, false);
}
