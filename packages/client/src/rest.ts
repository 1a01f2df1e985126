import { onAbort } from './abort.js';
import { SlipwayError, errorOfAnswer } from './slipway-error.js';

/** Given with any call. */
export interface CallOptions {
  /** Ends the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What openapi-fetch answers. */
interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * Makes one call. `send` is given the signal that it has to obey.
 * @throws SlipwayError for whatever is not what was asked for; the caller's own reason when the caller aborts
 */
export async function callApi<T>(
  asked: string,
  limitMs: number,
  { signal }: CallOptions,
  send: (signal: AbortSignal) => Promise<Answer<T>>,
): Promise<T> {
  const over = new AbortController();
  const forget = onAbort(signal, () => over.abort(signal!.reason));
  const late = setTimeout(() => over.abort(noAnswer(asked, limitMs)), limitMs);
  try {
    const { data, error, response } = await send(over.signal);
    if (!response.ok) throw errorOfAnswer(asked, response, error);
    if (response.status === 204) return undefined as T;
    if (typeof data !== 'object' || data === null) throw unreadable(asked, 'it is no JSON object');
    return data;
  } catch (error) {
    if (over.signal.aborted) throw over.signal.reason;
    throw error instanceof SlipwayError ? error : unreadable(asked, reasonOf(error), error);
  } finally {
    clearTimeout(late);
    forget();
  }
}

/** Fetches; rejects with `unreachable` when there is no answer at all. */
export async function reach(
  request: Request,
  send: (request: Request) => Promise<Response>,
): Promise<Response> {
  try {
    return await send(request);
  } catch (cause) {
    const { origin } = new URL(request.url);
    throw new SlipwayError({
      code: 'unreachable',
      title: 'No connection',
      detail: `The service at ${origin} does not answer (${reasonOf(cause)}). ${UNTRUSTED.test(codeOf(cause)) ? 'Its certificate is not believed: name the file of the authority that has made it in NODE_EXTRA_CA_CERTS, and the service by a name that is in it.' : 'Is it running?'}`,
      cause,
    });
  }
}

const noAnswer = (asked: string, limitMs: number): SlipwayError =>
  new SlipwayError({
    code: 'no_answer',
    title: 'No answer',
    detail: `${asked} was not answered within ${limitMs / 1_000} s.`,
  });

const unreadable = (asked: string, why: string, cause?: unknown): SlipwayError =>
  new SlipwayError({
    code: 'unreadable_answer',
    detail: `The answer to ${asked} cannot be read (${why}). Is there a Slipway at this address?`,
    cause,
  });

/** What the other end of a connection is refused for. */
const UNTRUSTED = /^(ERR_TLS_CERT_|CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_)/;

function codeOf(error: unknown): string {
  const { cause = error } = Object(error) as { cause?: unknown };
  return String((Object(cause) as { code?: unknown }).code ?? '');
}

/** `fetch` hides what happened one level down. */
function reasonOf(error: unknown): string {
  const { cause = error } = Object(error) as { cause?: unknown };
  const { message, code } = Object(cause) as { message?: unknown; code?: unknown };
  return String(message || code || cause);
}
