import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExpandedMergeRequestSchema, ProjectSchema } from '@gitbeaker/rest';
import type { components, operations } from '@octokit/openapi-types';
import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as read from '../../../src/repository/hosting/answers.js';
import { GitHubApp } from '../../support/github-app.js';
import { HostingApi } from '../../support/hosting-api.js';
import { git, makeRepository } from '../providers/repository.js';

/*
 * GitHub publishes its API as OpenAPI, and @octokit/openapi-types is that description as types: what we read of an answer, and
 * with which status it comes, is held against it by the compiler. GitLab's description has four megabytes under a license that
 * keeps it out of here and no types of its own; its answers are held against those of @gitbeaker/rest.
 */
type Schemas = components['schemas'];
type Statuses<Operation extends keyof operations> = readonly (keyof operations[Operation]['responses'])[];

/** Compiles only where whatever is published is something that we read. */
const reads =
  <Published>() =>
  <Schema extends TSchema>(schema: Published extends Static<Schema> ? Schema : never): TSchema =>
    schema;

const GITHUB = {
  'GET /repos/acme/shop': {
    schema: reads<Schemas['full-repository']>()(read.GITHUB_REPOSITORY),
    statuses: [200, 404] satisfies Statuses<'repos/get'>,
  },
  'GET /repos/acme/shop/pulls': {
    schema: reads<Schemas['pull-request-simple'][]>()(read.GITHUB_PULLS),
    statuses: [200, 422] satisfies Statuses<'pulls/list'>,
  },
  'POST /repos/acme/shop/pulls': {
    schema: reads<Schemas['pull-request']>()(read.GITHUB_PULL),
    statuses: [201, 403, 422] satisfies Statuses<'pulls/create'>,
  },
  'GET /repos/acme/shop/pulls/1': {
    schema: reads<Schemas['pull-request']>()(read.GITHUB_PULL),
    statuses: [200, 404] satisfies Statuses<'pulls/get'>,
  },
  'GET /repos/acme/shop/commits/SHA/statuses': {
    schema: reads<Schemas['status'][]>()(read.GITHUB_STATUSES),
    statuses: [200] satisfies Statuses<'repos/list-commit-statuses-for-ref'>,
  },
  'GET /repos/acme/shop/installation': {
    schema: reads<Schemas['installation']>()(read.GITHUB_INSTALLATION),
    statuses: [200, 404] satisfies Statuses<'apps/get-repo-installation'>,
  },
  'POST /app/installations/7/access_tokens': {
    schema: reads<Schemas['installation-token']>()(read.GITHUB_TOKEN),
    statuses: [201, 401, 403, 404, 422] satisfies Statuses<'apps/create-installation-access-token'>,
  },
};
const CHECK_RUNS = reads<Schemas['check-run'][]>()(read.GITHUB_CHECK_RUNS);

const GITLAB = {
  'GET /projects/acme%2Fshop': { schema: reads<ProjectSchema>()(read.GITLAB_PROJECT), status: 200 },
  'GET /projects/acme%2Fshop/merge_requests/1': {
    schema: reads<ExpandedMergeRequestSchema>()(read.GITLAB_MERGE_REQUEST),
    status: 200,
  },
};

describe('the server that stands for hosts in tests', () => {
  let folder = '';
  let server: Server;
  let origin = '';
  const app = new GitHubApp();
  const TOKEN = 'published';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-published-'));
    const work = makeRepository(join(folder, 'work'));
    for (const branch of ['feat/one', 'feat/two']) git(work, 'branch', branch);
    git(folder, 'clone', '--quiet', '--bare', 'work', 'acme/shop.git');
    app.installations.set('acme/shop', 7);
    const api = new HostingApi(folder, TOKEN, app);
    server = createServer((request, response) => api.handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  async function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
    const response = await fetch(origin + path, {
      method,
      headers: { authorization: `token ${TOKEN}`, 'private-token': TOKEN, ...headers },
      body: body && JSON.stringify(body),
    });
    return { status: response.status, answer: await response.json() };
  }
  /** As the app's library signs, which speaks to the real one. */
  async function signed(): Promise<Record<string, string>> {
    const { createAppAuth } = await import('@octokit/auth-app');
    const auth = createAppAuth({ appId: app.appId, privateKey: app.privateKey });
    return { authorization: `bearer ${(await auth({ type: 'app' })).token}` };
  }

  it("gives GitHub's answers as they are published, each with one of its statuses", async () => {
    const pull = { head: 'feat/one', base: 'main', title: 'One' };
    const sha = git(join(folder, 'acme/shop.git'), 'rev-parse', 'feat/one');
    await ask('POST', '/api/v3/repos/acme/shop/pulls', pull);
    for (const [route, { schema, statuses }] of Object.entries(GITHUB)) {
      const [method, path] = route.split(' ') as [string, string];
      const isApps = /installation/.test(path);
      const body = path.endsWith('/pulls') && method === 'POST' ? { ...pull, head: 'main' } : {};
      const { status, answer } = await ask(
        method,
        `/api/v3${path.replace('SHA', sha)}`,
        method === 'POST' ? body : undefined,
        isApps ? await signed() : {},
      );
      expect([route, status, statuses]).toEqual([
        route,
        expect.any(Number),
        expect.arrayContaining([status]),
      ]);
      expect([route, [...Value.Errors(schema, answer)]]).toEqual([route, []]);
    }
    const runs = await ask('GET', `/api/v3/repos/acme/shop/commits/${sha}/check-runs`);
    expect([...Value.Errors(CHECK_RUNS, (runs.answer as { check_runs: unknown }).check_runs)]).toEqual([]);
  });

  it("gives GitHub's errors as they are published", async () => {
    const again = await ask('POST', '/api/v3/repos/acme/shop/pulls', {
      head: 'feat/one',
      base: 'main',
      title: 'One',
    });
    expect(again.status).toBe(422 satisfies Statuses<'pulls/create'>[number]);
    const { message, errors } = again.answer as Schemas['validation-error'];
    expect([message, errors]).toEqual([expect.any(String), [expect.objectContaining({ code: 'custom' })]]);
    const none = await ask('GET', '/api/v3/repos/acme/shop/pulls/99');
    expect(none.status).toBe(404 satisfies Statuses<'pulls/get'>[number]);
    expect((none.answer as Schemas['basic-error']).message).toBe('Not Found');
  });

  it("gives GitLab's answers as its client has them", async () => {
    const made = { source_branch: 'feat/two', target_branch: 'main', title: 'One' };
    expect((await ask('POST', '/api/v4/projects/acme%2Fshop/merge_requests', made)).status).toBe(201);
    for (const [route, { schema, status: wanted }] of Object.entries(GITLAB)) {
      const [method, path] = route.split(' ') as [string, string];
      const { status, answer } = await ask(method, `/api/v4${path}`);
      expect([route, status, [...Value.Errors(schema, answer)]]).toEqual([route, wanted, []]);
    }
  });
});
