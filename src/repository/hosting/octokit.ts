import type { Octokit } from '@octokit/rest';
import type { ProviderError } from '../../events/provider-error.js';
import { reasonOf } from '../../platform/reason.js';
import { hostFetch } from './host-fetch.js';
import { hostingFailure, retryAfterMs } from './hosting.js';

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A client of GitHub's API. It takes a while to load, and most processes need none. */
export async function octokit(
  apiUrl: string,
  auth: { readonly auth: unknown; readonly authStrategy?: unknown },
): Promise<Octokit> {
  const { Octokit } = await import('@octokit/rest');
  const request = { fetch: hostFetch(apiUrl) };
  return new Octokit({ baseUrl: apiUrl, userAgent: 'slipway', log: SILENT, request, ...auth });
}

/** What a failed call means. What was stopped stays as it is. */
export function octokitFailure(host: string, error: unknown): ProviderError | DOMException {
  const { status, response } = Object(error) as {
    status?: number;
    response?: { headers?: Record<string, string | number | undefined> };
  };
  if (error instanceof DOMException && error.name === 'AbortError') return error;
  // Octokit gives 500 to what never was answered.
  const answered = response === undefined ? undefined : status;
  const wait = waitOf(response?.headers);
  return hostingFailure(host, { status: answered, message: reasonOf(error), retryAfterMs: wait }, error);
}

/** What the headers of GitHub's primary and secondary rate limits ask for. */
function waitOf(headers: Record<string, string | number | undefined> = {}): number | undefined {
  const after = retryAfterMs(headers['retry-after']);
  if (after !== undefined) return after;
  if (String(headers['x-ratelimit-remaining']) !== '0') return undefined;
  const reset = Number(headers['x-ratelimit-reset']);
  return Number.isFinite(reset) ? Math.max(1_000, reset * 1_000 - Date.now()) : 60_000;
}
