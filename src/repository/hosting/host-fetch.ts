/** The longest that one answer may take, to its last byte. */
const LONGEST_MS = 30_000;
/** A page of a hundred pull requests with long descriptions is below that. */
const MOST_BYTES = 16 * 2 ** 20;
const MOST_HOPS = 3;

export type HostFetch = (address: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * A `fetch` for one host's API: it goes to that origin alone, wherever a redirect or a link to a next page leads, so that a token
 * goes nowhere else; and what comes back is bounded in time and size.
 */
export function hostFetch(apiUrl: string): HostFetch {
  const { origin } = new URL(apiUrl);
  return async (address, init = {}) => {
    const limit = AbortSignal.timeout(LONGEST_MS);
    const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
    let url = new URL(address instanceof Request ? address.url : address);
    for (let hops = 0; ; hops++) {
      if (url.origin !== origin) throw new Error(`it leads to another host, ${url.origin}`);
      const response = await fetch(url, { ...init, redirect: 'manual', signal });
      const next = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || next === null) return bounded(response);
      await response.body?.cancel();
      const isSame = (init.method ?? 'GET') === 'GET' || response.status === 307 || response.status === 308;
      if (!isSame || hops === MOST_HOPS) throw new Error(`it redirects what may not be (${response.status})`);
      url = new URL(next, url);
    }
  };
}

/** The response with its whole body, which is no longer than it may be. */
async function bounded(response: Response): Promise<Response> {
  if (response.body === null) return response;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error('its answer does not end');
    chunks.push(chunk);
  }
  const { status, statusText, headers, url } = response;
  const whole = new Response(Buffer.concat(chunks), { status, statusText, headers });
  // Octokit finds pages by it.
  return Object.defineProperty(whole, 'url', { value: url });
}
