import type { RequestOptions } from '@gitbeaker/requester-utils';
import type { Gitlab } from '@gitbeaker/rest';
import type { Static, TSchema } from '@sinclair/typebox';
import type { CheckState, PullRequestState } from '../../events/task/action-state.js';
import { orAborted } from '../../platform/aborts.js';
import { reasonOf } from '../../platform/reason.js';
import { answered, GITLAB_MERGE_REQUEST, GITLAB_MERGE_REQUESTS, GITLAB_PROJECT } from './answers.js';
import { hostFetch } from './host-fetch.js';
import {
  retryAfterMs,
  fitTitle,
  fitted,
  hostingFailure,
  type Hosting,
  type HostingAccess,
  type ObservedPullRequest,
  type OpenedPullRequest,
  type PullRequestSpec,
} from './hosting.js';

type Client = InstanceType<typeof Gitlab>;

type MergeRequest = Static<typeof GITLAB_MERGE_REQUEST>;

/** Merge requests at GitLab, its own or another's. */
export class GitLab implements Hosting {
  private readonly path: string;
  private readonly client: Promise<Client>;

  constructor(private readonly access: HostingAccess) {
    const { apiUrl: host, path, token } = access;
    this.path = path;
    this.client = Promise.all([import('@gitbeaker/rest'), requester(host)]).then(
      ([{ Gitlab }, requesterFn]) => new Gitlab({ host, token, requesterFn }),
    );
  }

  async openPullRequest(spec: PullRequestSpec, signal: AbortSignal): Promise<OpenedPullRequest> {
    return (await this.found(spec.branch, signal)) ?? (await this.created(fitted(spec), signal));
  }

  async observePullRequest(number: number, signal: AbortSignal): Promise<ObservedPullRequest> {
    const found = await this.ask(GITLAB_MERGE_REQUEST, signal, (client) =>
      client.MergeRequests.show(this.path, number),
    );
    return { ...opened(found), checks: checksOf(found.head_pipeline?.status) };
  }

  private async found(branch: string, signal: AbortSignal): Promise<OpenedPullRequest | undefined> {
    const of = {
      projectId: this.path,
      sourceBranch: branch,
      state: 'opened',
      perPage: 1,
      maxPages: 1,
    } as const;
    const [there] = await this.ask(GITLAB_MERGE_REQUESTS, signal, (client) => client.MergeRequests.all(of));
    return there && opened(there);
  }

  private async created(spec: PullRequestSpec, signal: AbortSignal): Promise<OpenedPullRequest> {
    const { branch, body, draft } = spec;
    const base = spec.base ?? (await this.defaultBranch(signal));
    // GitLab has no other way to say that it is a draft.
    const title = draft && !/^draft:/i.test(spec.title) ? fitTitle(`Draft: ${spec.title}`) : spec.title;
    try {
      const made = await this.ask(GITLAB_MERGE_REQUEST, signal, (client) =>
        client.MergeRequests.create(this.path, branch, base, title, { description: body }),
      );
      return opened(made);
    } catch (error) {
      const there = await this.found(branch, signal).catch(() => undefined);
      if (there) return there;
      throw error;
    }
  }

  private async defaultBranch(signal: AbortSignal): Promise<string> {
    const project = await this.ask(GITLAB_PROJECT, signal, (client) => client.Projects.show(this.path));
    return project.default_branch;
  }

  private async ask<T extends TSchema>(
    schema: T,
    signal: AbortSignal,
    call: (client: Client) => Promise<unknown>,
  ): Promise<Static<T>> {
    const { host } = this.access;
    const answer = await orAborted(this.client.then(call), signal).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      const { status, retryAfterMs } = error instanceof GitLabAnswer ? error : {};
      throw hostingFailure(host, { status, message: reasonOf(error), retryAfterMs }, error);
    });
    return answered(host, schema, answer);
  }
}

/** An answer with an error. */
class GitLabAnswer extends Error {
  override readonly name = 'GitLabAnswer';
  readonly status: number;
  readonly retryAfterMs?: number;

  constructor({ status, headers }: Response, message: string) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs(headers.get('retry-after'));
  }
}

/**
 * How gitbeaker reaches the host: its own way follows redirects with the token, and asks ten times within a quarter of a second
 * where the host asks to wait.
 */
async function requester(apiUrl: string) {
  const { createRequesterFn } = await import('@gitbeaker/requester-utils');
  const fetch = hostFetch(apiUrl);
  return createRequesterFn(
    (_, options) => Promise.resolve(options),
    async (endpoint, options) => {
      const { prefixUrl = '', searchParams = '', method, headers, body } = options as RequestOptions;
      const url = new URL(endpoint, prefixUrl.replace(/\/*$/, '/'));
      url.search = searchParams;
      const response = await fetch(url, { method, headers, body });
      const answer = parsed(await response.text());
      if (!response.ok) throw new GitLabAnswer(response, problemIn(answer));
      if (typeof answer === 'string') throw new Error(`it answers with what is no JSON: ${answer}`);
      return { body: answer, headers: Object.fromEntries(response.headers), status: response.status };
    },
  );
}

function parsed(text: string): Record<string, unknown> | string {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : text;
  } catch {
    return text;
  }
}

function problemIn(answer: Record<string, unknown> | string): string {
  if (typeof answer === 'string') return answer === '' ? 'no reason is given' : answer;
  const words = answer['error'] ?? answer['message'] ?? answer;
  return typeof words === 'string' ? words : JSON.stringify(words);
}

function checksOf(pipeline: string | undefined): CheckState {
  if (pipeline === undefined) return 'none';
  if (pipeline === 'success' || pipeline === 'skipped') return 'passed';
  return pipeline === 'failed' || pipeline === 'canceled' ? 'failed' : 'pending';
}

const opened = (found: MergeRequest): OpenedPullRequest => ({
  url: found.web_url,
  number: found.iid,
  state: stateOf(found),
});

function stateOf({ state, draft }: MergeRequest): PullRequestState {
  if (state === 'merged') return 'merged';
  if (state !== 'opened') return 'closed';
  return draft === true ? 'draft' : 'open';
}
