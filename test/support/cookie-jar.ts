import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Visit {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly setCookies: readonly string[];
  readonly text: string;
  readonly url: string;
}

interface Options {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

const MOST_HOPS = 12;

/** As much of a browser as it takes to log in: cookies by host, redirects one by one. Nothing is sent that is not told. */
export class CookieJar {
  readonly cookies = new Map<string, Map<string, string>>();
  /** Every address that was asked for. */
  readonly visited: string[] = [];

  /** @param ca that is believed for https */
  constructor(private readonly ca?: string) {}

  of(url: string): Map<string, string> {
    const { hostname } = new URL(url);
    if (!this.cookies.has(hostname)) this.cookies.set(hostname, new Map());
    return this.cookies.get(hostname)!;
  }

  header(url: string): string {
    return [...this.of(url)].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** One request, with the host's cookies, and no redirect followed. */
  visit(url: string, { method = 'GET', headers = {}, body }: Options = {}): Promise<Visit> {
    this.visited.push(url);
    const { protocol } = new URL(url);
    const cookie = this.header(url);
    const send = protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const call = send(
        url,
        { method, agent: false, ca: this.ca, headers: { ...(cookie !== '' && { cookie }), ...headers } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const setCookies = response.headers['set-cookie'] ?? [];
            for (const text of setCookies) this.keep(url, text);
            const text = Buffer.concat(chunks).toString();
            resolve({ status: response.statusCode ?? 0, headers: response.headers, setCookies, text, url });
          });
        },
      );
      call.on('error', reject);
      call.end(body);
    });
  }

  /** Follows redirects until there is a page, or one leads to an address that `stop` names. */
  async follow(from: Visit, stop: (url: string) => boolean = () => false): Promise<Visit> {
    let last = from;
    for (let hops = 0; last.status >= 300 && last.status < 400; hops++) {
      if (hops >= MOST_HOPS) throw new Error(`Redirected too often, to ${last.headers.location}`);
      const next = new URL(last.headers.location!, last.url).href;
      if (stop(next)) return last;
      last = await this.visit(next);
    }
    return last;
  }

  private keep(url: string, text: string): void {
    const [pair = '', ...attributes] = text.split(';').map((part) => part.trim());
    const name = pair.slice(0, pair.indexOf('='));
    const isGone =
      attributes.some((attribute) => /^max-age=0$/i.test(attribute)) ||
      attributes.some((attribute) => /^expires=.*1970/i.test(attribute));
    if (isGone) this.of(url).delete(name);
    else this.of(url).set(name, pair.slice(pair.indexOf('=') + 1));
  }
}

/** Goes to the service to log in, says at the provider who one is, and comes back. @param stop see `follow` */
export async function logIn(
  jar: CookieJar,
  service: string,
  who: string,
  { returnTo = '/', stop }: { returnTo?: string; stop?: (url: string) => boolean } = {},
): Promise<Visit> {
  const begun = await jar.visit(`${service}/auth/login?return=${encodeURIComponent(returnTo)}`);
  const form = await jar.follow(begun, stop);
  if (!form.url.includes('/interaction/')) return form;
  const said = await jar.visit(form.url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ login: who }).toString(),
  });
  return jar.follow(said, stop);
}
