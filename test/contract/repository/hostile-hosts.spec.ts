import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ProviderError } from '../../../src/events/provider-error.js';
import type { Hosting } from '../../../src/repository/hosting/hosting.js';
import { Hosts } from '../../../src/repository/hosting/hosts.js';
import { parseRepoRemote } from '../../../src/repository/repo-remote.js';

const TOKEN = 'hostile-token';
const never = new AbortController().signal;
const spec = { branch: 'feat/one', base: 'main', title: 'One', body: 'Because.', draft: false };

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Whatever is at the address of a host's API (a proxy, a login page, something that wants the token): each kind of client over each. */
describe.each(['github', 'gitlab'] as const)('an address of %s', (kind) => {
  let server: Server;
  let elsewhere: Server;
  let asked: IncomingMessage[];
  let askedElsewhere: IncomingMessage[];
  let handler: Handler;

  beforeEach(async () => {
    asked = [];
    askedElsewhere = [];
    server = createServer((request, response) => {
      asked.push(request);
      request.resume();
      handler(request, response);
    });
    elsewhere = createServer((request, response) => {
      askedElsewhere.push(request);
      response.end('{}');
    });
    for (const each of [server, elsewhere])
      await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    for (const each of [server, elsewhere]) {
      each.closeAllConnections();
      await new Promise((resolve) => each.close(resolve));
    }
  });

  const originOf = (of: Server) => `http://127.0.0.1:${(of.address() as AddressInfo).port}`;
  async function hosting(): Promise<Hosting> {
    const apiUrl = kind === 'github' ? `${originOf(server)}/api/v3` : originOf(server);
    const token = { kind: 'https', username: 'git', token: TOKEN } as const;
    const hosts = new Hosts([{ host: 'git.example.com', kind, apiUrl }], { token: async () => token });
    return hosts.of('default', parseRepoRemote('https://git.example.com/acme/shop.git', { localRoots: [] }));
  }
  const open = async (signal = never) =>
    (await hosting()).openPullRequest(spec, signal).catch((error: unknown) => error as Error);
  const observe = async () =>
    (await hosting()).observePullRequest(1, never).catch((error: unknown) => error as Error);
  const answer =
    (status: number, body: string, headers: Record<string, string> = {}): Handler =>
    (_, response) =>
      void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  const page = `<!DOCTYPE html>\n<html><head><title>Sign in\n to the proxy</title></head>${'<p>x</p>'.repeat(5_000)}</html>`;
  const pull = (over: object = {}) =>
    kind === 'github'
      ? { html_url: 'https://h/1', number: 1, state: 'open', head: { sha: 'a'.repeat(40) }, ...over }
      : { web_url: 'https://h/1', iid: 1, state: 'opened', ...over };

  it.each([400, 401, 402, 403, 404, 405, 409, 410, 418, 422, 429, 451, 500, 501, 502, 503, 504, 520, 599])(
    'that answers %s with a page is a failure in few words, and asked again only when that may help',
    async (status) => {
      handler = answer(status, page, { 'content-type': 'text/html' });
      const failed = await open();
      expect(failed).toBeInstanceOf(ProviderError);
      const { code, retryable, message } = failed as ProviderError;
      expect(message).toContain('Sign in to the proxy');
      expect(message).not.toMatch(/[<>\n]/);
      expect(message.length).toBeLessThan(700);
      expect(retryable).toBe(status === 429 || status >= 500);
      expect(code).toBe(
        retryable ? 'hosting_unavailable' : status === 401 ? 'credentials_refused' : 'hosting_refused',
      );
      expect(asked.length).toBe(1);
    },
  );

  it('that takes a page, a number or a list of something else for an answer is tried again, not believed', async () => {
    const answers = [
      page,
      'null',
      '7',
      '"text"',
      '{}',
      '[7]',
      '[{}]',
      '{"a":',
      '',
      JSON.stringify([pull({ number: 'one', iid: 'one' })]),
      JSON.stringify([pull({ number: -1, iid: -1 })]),
      JSON.stringify([pull({ html_url: 'javascript:alert(1)', web_url: 'javascript:alert(1)' })]),
      JSON.stringify([
        pull({ html_url: `https://h/${'x'.repeat(5_000)}`, web_url: `https://h/${'x'.repeat(5_000)}` }),
      ]),
      JSON.stringify([pull({ html_url: 'https://h/\u0007\n', web_url: 'https://h/\u0007\n' })]),
    ];
    for (const body of answers) {
      handler = answer(200, body);
      expect([body.slice(0, 40), await open()]).toEqual([
        body.slice(0, 40),
        expect.objectContaining({ code: 'hosting_unavailable', retryable: true }),
      ]);
      expect(await observe()).toMatchObject({ code: 'hosting_unavailable', retryable: true });
    }
  });

  it('that ends in the middle, or says nothing more, is tried again', async () => {
    handler = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('[{"html_url":');
      setImmediate(() => response.destroy());
    };
    expect(await open()).toMatchObject({ code: 'hosting_unavailable', retryable: true });
    handler = (request) => void request.socket.destroy();
    expect(await open()).toMatchObject({ code: 'hosting_unavailable', retryable: true });
  });

  it('that does not end is cut off', async () => {
    let sent = 0;
    handler = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = () => {
        while (!response.destroyed && sent < 2 ** 30) {
          sent += 65_536;
          if (!response.write('['.repeat(65_536))) return void response.once('drain', more);
        }
      };
      more();
    };
    expect(await open()).toMatchObject({ code: 'hosting_unavailable', retryable: true });
    expect(sent).toBeLessThan(2 ** 28);
  });

  it('that is silent is left as soon as the task is', async () => {
    const abort = new AbortController();
    handler = () => abort.abort(new Error('the task is being killed'));
    expect(await open(abort.signal)).toBeInstanceOf(Error);
  });

  it.each([301, 302, 303, 307, 308])(
    'that answers %s to another host is not followed there',
    async (status) => {
      handler = answer(status, '', { location: `${originOf(elsewhere)}/api/v3/repos/acme/shop/pulls` });
      expect(await open()).toMatchObject({
        code: 'hosting_unavailable',
        message: expect.stringContaining('another host'),
      });
      expect(askedElsewhere).toEqual([]);
    },
  );

  it('is followed where it has moved the repository, and not in circles', async () => {
    handler = (request, response) => {
      if (!request.url!.includes('/moved/'))
        return answer(307, '', { location: `/moved/${request.url!}` })(request, response);
      return request.method === 'GET'
        ? answer(200, '[]')(request, response)
        : answer(201, JSON.stringify(pull()))(request, response);
    };
    expect(await open()).toEqual({ number: 1, url: 'https://h/1', state: 'open' });
    expect(asked.every(({ headers }) => JSON.stringify(headers).includes(TOKEN))).toBe(true);
    handler = (request, response) => answer(302, '', { location: request.url! })(request, response);
    expect(await open()).toMatchObject({ code: 'hosting_unavailable' });
  });

  /** Lists with another page behind them. */
  const listed = (next: () => string): Handler => {
    const more: Handler = (request, response) =>
      answer(200, request.url!.includes('check-runs') ? '{"total_count":0,"check_runs":[]}' : '[]', {
        link: `<${next()}>; rel="next"`,
      })(request, response);
    return (request, response) =>
      /\/(pulls|merge_requests)\/1$/.test(request.url!)
        ? answer(200, JSON.stringify(pull()))(request, response)
        : more(request, response);
  };

  it('that has the next page elsewhere is not followed there', async () => {
    handler = listed(() => `${originOf(elsewhere)}/more`);
    await observe();
    expect(askedElsewhere).toEqual([]);
  });

  it('that has a next page for ever is left after some', async () => {
    handler = listed(() => `${originOf(server)}/api/v3/commits/statuses`);
    expect(await observe()).toMatchObject({ state: 'open', checks: 'none' });
    expect(asked.length).toBeLessThan(25);
  });

  it('is given a title and a body that it takes', async () => {
    const bodies: Record<string, string>[] = [];
    handler = (request, response) => {
      if (request.method === 'GET') return answer(200, '[]')(request, response);
      let text = '';
      request.on('data', (chunk) => (text += String(chunk)));
      request.on('end', () => {
        bodies.push(JSON.parse(text) as Record<string, string>);
        answer(201, JSON.stringify(pull()))(request, response);
      });
    };
    for (const title of [`${'long '.repeat(99)}😀`, ' two\nlines\t\u001b[31m ', ' \u200b ', '😀'.repeat(200)])
      await (
        await hosting()
      ).openPullRequest({ ...spec, title, body: '> x\n'.repeat(20_000), draft: true }, never);
    for (const { title, body, description } of bodies) {
      expect(title!.length).toBeLessThanOrEqual(255);
      expect(title).toMatch(/^\S.*\S$/u);
      expect(title).not.toMatch(/\p{Cc}/u);
      expect(title!.isWellFormed()).toBe(true);
      expect((body ?? description)!.length).toBeLessThanOrEqual(65_536);
    }
    expect(bodies[2]!['title']).toContain('feat/one');
  });
});
