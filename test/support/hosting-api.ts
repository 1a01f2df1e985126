import { execFileSync } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { GitHubApp } from './github-app.js';

export interface KnownPullRequest {
  readonly number: number;
  readonly path: string;
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
  state: 'open' | 'closed' | 'merged';
}

export type HostedAnswer = readonly [status: number, body: unknown, headers?: Record<string, string>];

/**
 * As much of the APIs of GitHub (v3) and GitLab (v4) as Slipway uses, over bare repositories on disk: their paths, fields,
 * errors, rate limits and pages, as their documentation has them.
 */
export class HostingApi {
  readonly pullRequests: KnownPullRequest[] = [];
  /** `METHOD path` of each request. */
  readonly asked: string[] = [];
  /** Answers given in place of the next ones. */
  readonly next: HostedAnswer[] = [];
  /** By commit: what checks say, in the order in which they came. */
  checks: { name: string; status: string; conclusion: string | null }[] = [];
  statuses: { context: string; state: string }[] = [];
  pipeline: string | null = null;

  constructor(
    private readonly root: string,
    private readonly token: string,
    private readonly app?: GitHubApp,
  ) {}

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    void this.answered(request).then(([status, body, headers = {}]) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
    });
  };

  private async answered(request: IncomingMessage): Promise<HostedAnswer> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const url = new URL(request.url!, `http://${request.headers.host}`);
    this.asked.push(`${request.method} ${url.pathname}`);
    const forced = this.next.shift();
    if (forced) return forced;
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    const { pathname } = url;
    if (pathname.startsWith('/api/v3/')) return this.gitHub(request, url, body);
    if (pathname.startsWith('/api/v4/')) return this.gitLab(request, url, body);
    return [404, { message: 'Not Found' }];
  }

  private gitHub(
    { method, headers }: IncomingMessage,
    url: URL,
    body: Record<string, unknown>,
  ): HostedAnswer {
    const { authorization } = headers;
    const ofApp = this.app?.answer(method!, url.pathname.slice('/api/v3'.length), authorization, body);
    if (ofApp) return ofApp;
    const [, path, rest = ''] = /^\/api\/v3\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
    const given = /^token (.+)$/.exec(authorization ?? '')?.[1] ?? '';
    if (given !== this.token && !this.app?.opens(given, path ?? ''))
      return [
        401,
        { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' },
      ];
    if (path === undefined || !this.exists(path)) return [404, { message: 'Not Found', status: '404' }];
    const [owner] = path.split('/');
    const shown = (each: KnownPullRequest) => ({
      number: each.number,
      html_url: `${url.origin}/${path}/pull/${each.number}`,
      state: each.state === 'open' ? 'open' : 'closed',
      draft: each.draft,
      merged_at: each.state === 'merged' ? '2026-01-01T00:00:00Z' : null,
      title: each.title,
      body: each.body,
      head: { ref: each.head, sha: this.commit(path, each.head) ?? '0'.repeat(40) },
      base: { ref: each.base },
    });
    const own = this.pullRequests.filter((each) => each.path === path);
    if (rest === '' && method === 'GET') return [200, { full_name: path, default_branch: 'main' }];
    if (rest === '/pulls' && method === 'GET') {
      const wanted = url.searchParams.get('head');
      const state = url.searchParams.get('state') ?? 'open';
      const found = own.filter(
        (each) =>
          (wanted === null || wanted === `${owner}:${each.head}`) &&
          (state === 'all' || (each.state === 'open') === (state === 'open')),
      );
      return this.page(url, found.map(shown));
    }
    if (rest === '/pulls' && method === 'POST') {
      const invalid = (error: object): HostedAnswer => [
        422,
        { message: 'Validation Failed', errors: [{ resource: 'PullRequest', ...error }], status: '422' },
      ];
      const { head, base, title } = body as { head: string; base: string; title: string };
      if (this.commit(path, head) === undefined) return invalid({ field: 'head', code: 'invalid' });
      if (this.commit(path, base) === undefined) return invalid({ field: 'base', code: 'invalid' });
      if (own.some((each) => each.head === head && each.state === 'open'))
        return invalid({ code: 'custom', message: `A pull request already exists for ${owner}:${head}.` });
      return [201, shown(this.made(path, head, base, title, body))];
    }
    const number = Number(/^\/pulls\/(\d+)$/.exec(rest)?.[1]);
    const one = own.find((each) => each.number === number);
    if (method === 'GET' && one) return [200, shown(one)];
    if (/^\/commits\/[0-9a-f]{40}\/check-runs$/.test(rest)) {
      const [status, items, more] = this.page(url, this.checks);
      return [status, { total_count: this.checks.length, check_runs: items }, more];
    }
    if (/^\/commits\/[0-9a-f]{40}\/statuses$/.test(rest)) return this.page(url, this.statuses);
    return [404, { message: 'Not Found', status: '404' }];
  }

  private gitLab(
    { method, headers }: IncomingMessage,
    url: URL,
    body: Record<string, unknown>,
  ): HostedAnswer {
    if (headers['private-token'] !== this.token) return [401, { message: '401 Unauthorized' }];
    const [, encoded, rest = ''] = /^\/api\/v4\/projects\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
    const path = encoded && decodeURIComponent(encoded);
    if (!path || !this.exists(path)) return [404, { message: '404 Project Not Found' }];
    const shown = (each: KnownPullRequest) => ({
      iid: each.number,
      web_url: `${url.origin}/${path}/-/merge_requests/${each.number}`,
      state: each.state === 'open' ? 'opened' : each.state,
      draft: each.draft,
      source_branch: each.head,
      target_branch: each.base,
      head_pipeline: this.pipeline === null ? null : { status: this.pipeline },
    });
    const own = this.pullRequests.filter((each) => each.path === path);
    if (rest === '' && method === 'GET') return [200, { path_with_namespace: path, default_branch: 'main' }];
    if (rest === '/merge_requests' && method === 'GET') {
      const branch = url.searchParams.get('source_branch');
      const found = own.filter((each) => each.head === branch && each.state === 'open');
      return this.page(url, found.map(shown));
    }
    if (rest === '/merge_requests' && method === 'POST') {
      const { source_branch: head, target_branch: base, title } = body as Record<string, string>;
      if (this.commit(path, head!) === undefined || this.commit(path, base!) === undefined)
        return [400, { message: { base: ['The source or target branch does not exist'] } }];
      if (own.some((each) => each.head === head && each.state === 'open'))
        return [409, { message: [`Another open merge request already exists for this source branch: !7`] }];
      const draft = title!.startsWith('Draft: ');
      return [201, shown(this.made(path, head!, base!, title!, { body: body['description'], draft }))];
    }
    const number = Number(/^\/merge_requests\/(\d+)$/.exec(rest)?.[1]);
    const one = own.find((each) => each.number === number);
    return method === 'GET' && one ? [200, shown(one)] : [404, { message: '404 Not found' }];
  }

  private made(path: string, head: string, base: string, title: string, body: Record<string, unknown>) {
    const made: KnownPullRequest = {
      number: this.pullRequests.length + 1,
      ...{ path, head, base, title },
      body: String(body['body'] ?? ''),
      draft: body['draft'] === true,
      state: 'open',
    };
    this.pullRequests.push(made);
    return made;
  }

  /** Pages of at most `per_page` (30), the next one in the Link header. */
  private page(url: URL, all: readonly object[]): HostedAnswer {
    const size = Number(url.searchParams.get('per_page') ?? 30);
    const number = Number(url.searchParams.get('page') ?? 1);
    const items = all.slice((number - 1) * size, number * size);
    if (number * size >= all.length) return [200, items];
    const next = new URL(url);
    next.searchParams.set('page', String(number + 1));
    return [200, items, { link: `<${next.href}>; rel="next"` }];
  }

  private exists(path: string): boolean {
    return this.commit(path, 'main') !== undefined;
  }

  private commit(path: string, branch: string): string | undefined {
    try {
      const args = [
        '-C',
        join(this.root, `${path}.git`),
        'rev-parse',
        '--verify',
        '-q',
        `refs/heads/${branch}`,
      ];
      return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      return undefined;
    }
  }
}
