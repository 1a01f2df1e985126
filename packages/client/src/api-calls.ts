import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './api.gen.js';
import { callApi, reach, type CallOptions } from './rest.js';
import type { WebSocketClass } from './web-socket.js';

const CALL_LIMIT_MS = 30_000;
/** No answer comes from a browser's cache. (Node's types do not know the option.) */
const FRESH: object = { cache: 'no-store' };

export interface ClientOptions {
  /** Where the service is, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** How long a call may take, in milliseconds (30,000). */
  readonly timeoutMs?: number;
  /** An access token, where the service asks who one is; a function is asked at each call. */
  readonly token?: string | (() => string | undefined);
  /** In place of the platform's own. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** In place of the platform's own, or of what `ws` has where the platform has none. */
  readonly WebSocket?: WebSocketClass;
}

/** With the same key the same request is made once, however often it is sent. */
export interface CreateOptions extends CallOptions {
  /** 1 to 200 visible ASCII characters. */
  readonly idempotencyKey?: string;
}

/** How the API is called. */
export abstract class ApiCalls {
  /** The service's address, without a slash at the end. */
  readonly url: string;
  protected readonly api: Client<paths>;
  private readonly limitMs: number;
  private readonly token: () => string | undefined;

  /** @throws TypeError when the address is none */
  constructor({ url, timeoutMs = CALL_LIMIT_MS, fetch, token }: ClientOptions) {
    this.token = typeof token === 'function' ? token : () => token;
    this.url = addressOf(url);
    this.limitMs = timeoutMs;
    const send = fetch ?? ((request: Request) => globalThis.fetch(request));
    this.api = createClient<paths>({
      baseUrl: this.url,
      fetch: (request) => {
        const shown = this.token();
        if (shown !== undefined) request.headers.set('authorization', `Bearer ${shown}`);
        return reach(request, send);
      },
      ...FRESH,
      headers: { accept: 'application/json' },
      querySerializer: { array: { style: 'form', explode: false } },
    });
  }

  /** Where a WebSocket connects to: with a token, by a ticket for that one. */
  protected async socketAddress(path: string): Promise<URL> {
    const address = new URL(this.url.replace(/^http/, 'ws') + path);
    if (this.token() === undefined) return address;
    const { ticket } = await this.call('POST /v1/live/ticket', {}, (signal) =>
      this.api.POST('/v1/live/ticket', { signal }),
    );
    address.searchParams.set('ticket', ticket);
    return address;
  }

  protected call<T>(
    asked: string,
    options: CallOptions,
    send: (signal: AbortSignal) => Promise<{ data?: T; error?: unknown; response: Response }>,
  ): Promise<T> {
    return callApi(asked, this.limitMs, options, send);
  }
}

export const keyHeader = (key: string | undefined) =>
  key === undefined ? undefined : { 'Idempotency-Key': key };

function addressOf(url: string): string {
  const { protocol, origin, pathname, username, password } = parsed(url);
  if (!/^https?:$/.test(protocol))
    throw new TypeError(`The service's address must begin with http:// or https://: ${url}`);
  if (username !== '' || password !== '')
    throw new TypeError("The service's address must hold no name or password.");
  return (origin + pathname).replace(/\/+$/, '');
}

function parsed(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw new TypeError(`The service's address must be an http or https URL: ${url}`);
  }
}
