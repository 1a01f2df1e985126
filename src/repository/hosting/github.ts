import type { Octokit } from '@octokit/rest';
import type { Static, TSchema } from '@sinclair/typebox';
import type { CheckState, PullRequestState } from '../../events/task/action-state.js';
import {
  answered,
  GITHUB_CHECK_RUNS,
  GITHUB_PULL,
  GITHUB_PULLS,
  GITHUB_REPOSITORY,
  GITHUB_STATUSES,
} from './answers.js';
import {
  fitted,
  renewed,
  type Hosting,
  type HostingAccess,
  type ObservedPullRequest,
  type OpenedPullRequest,
  type PullRequestSpec,
} from './hosting.js';
import { octokit, octokitFailure } from './octokit.js';

type PullRequest = Static<typeof GITHUB_PULL>;

/** So many pages of checks are looked at, of a hundred each. */
const MOST_PAGES = 10;

/** Pull requests at GitHub, or a GitHub Enterprise Server. */
export class GitHub implements Hosting {
  private readonly owner: string;
  private readonly repo: string;
  private readonly client: Promise<Octokit>;

  constructor(private readonly access: HostingAccess) {
    const { path, apiUrl, token } = access;
    const at = path.indexOf('/');
    [this.owner, this.repo] = [path.slice(0, at), path.slice(at + 1)];
    this.client = octokit(apiUrl, { auth: token });
  }

  async openPullRequest(spec: PullRequestSpec, signal: AbortSignal): Promise<OpenedPullRequest> {
    return (await this.found(spec.branch, signal)) ?? (await this.created(fitted(spec), signal));
  }

  async observePullRequest(number: number, signal: AbortSignal): Promise<ObservedPullRequest> {
    const { owner, repo } = this;
    const found = await this.ask(GITHUB_PULL, ({ pulls }) =>
      pulls.get({ owner, repo, pull_number: number, request: { signal } }),
    );
    return { ...opened(found), checks: await this.checksOf(found.head.sha, signal) };
  }

  private async found(branch: string, signal: AbortSignal): Promise<OpenedPullRequest | undefined> {
    const { owner, repo } = this;
    const [there] = await this.ask(GITHUB_PULLS, ({ pulls }) =>
      pulls.list({ owner, repo, head: `${owner}:${branch}`, state: 'open', request: { signal } }),
    );
    return there && opened(there);
  }

  private async created(spec: PullRequestSpec, signal: AbortSignal): Promise<OpenedPullRequest> {
    const { owner, repo } = this;
    const { branch: head, title, body, draft } = spec;
    const base = spec.base ?? (await this.defaultBranch(signal));
    try {
      const made = await this.ask(GITHUB_PULL, ({ pulls }) =>
        pulls.create({ owner, repo, head, base, title, body, draft, request: { signal } }),
      );
      return opened(made);
    } catch (error) {
      // An attempt before this one may have opened it a moment ago.
      const there = await this.found(head, signal).catch(() => undefined);
      if (there) return there;
      throw error;
    }
  }

  private async defaultBranch(signal: AbortSignal): Promise<string> {
    const { owner, repo } = this;
    const found = await this.ask(GITHUB_REPOSITORY, ({ repos }) =>
      repos.get({ owner, repo, request: { signal } }),
    );
    return found.default_branch;
  }

  /** Check runs and statuses, all pages of them. */
  private async checksOf(ref: string, signal: AbortSignal): Promise<CheckState> {
    const { owner, repo } = this;
    const of = { owner, repo, ref, per_page: 100, request: { signal } };
    const [runs, statuses] = await Promise.all([
      this.ask(GITHUB_CHECK_RUNS, (client) =>
        pagesOf((page) => client.paginate(client.checks.listForRef, of, page)),
      ),
      this.ask(GITHUB_STATUSES, (client) =>
        pagesOf((page) => client.paginate(client.repos.listCommitStatusesForRef, of, page)),
      ),
    ]);
    // Of a status' context the newest counts, which comes first.
    const newest = new Map(statuses.toReversed().map(({ context, state }) => [context, state]));
    return joined([
      ...runs.map(({ status, conclusion }) => (status === 'completed' ? (conclusion ?? '') : 'pending')),
      ...newest.values(),
    ]);
  }

  private async ask<T extends TSchema>(
    schema: T,
    call: (client: Octokit) => Promise<{ data: unknown }>,
  ): Promise<Static<T>> {
    const { host } = this.access;
    const { data } = await call(await this.client).catch(async (error: unknown) => {
      throw await renewed(octokitFailure(host, error), this.access);
    });
    return answered(host, schema, data);
  }
}

/** What the pages have, one after the other, as far as they are looked at. */
async function pagesOf<T>(
  paginate: (page: (response: { data: T[] }, done: () => void) => T[]) => Promise<T[]>,
): Promise<{ data: T[] }> {
  let pages = 0;
  const data = await paginate((response, done) => {
    if (++pages === MOST_PAGES) done();
    return response.data;
  });
  return { data };
}

const FAILED = ['failure', 'error', 'cancelled', 'timed_out', 'action_required', 'startup_failure'];

function joined(states: readonly string[]): CheckState {
  if (states.length === 0) return 'none';
  if (states.some((state) => FAILED.includes(state))) return 'failed';
  return states.some((state) => ['pending', 'expected', ''].includes(state)) ? 'pending' : 'passed';
}

const opened = (data: PullRequest): OpenedPullRequest => ({
  url: data.html_url,
  number: data.number,
  state: stateOf(data),
});

function stateOf({ state, draft, merged_at: merged }: PullRequest): PullRequestState {
  if (merged) return 'merged';
  if (state !== 'open') return 'closed';
  return draft ? 'draft' : 'open';
}
