import { Type, type Static, type TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { hostingFailure } from './hosting.js';

const Url = Type.String({ pattern: '^https?://[^\\s\\x00-\\x1f\\x7f-\\x9f]+$', maxLength: 2_048 });
const Id = Type.Integer({ minimum: 1, maximum: 2 ** 53 - 1 });
const Word = Type.String({ maxLength: 500 });
const Maybe = <T extends TSchema>(type: T) => Type.Optional(Type.Union([type, Type.Null()]));
const Branch = Type.String({ minLength: 1, maxLength: 500 });

/** What is read of the answers of GitHub's API. */
export const GITHUB_PULL = Type.Object({
  html_url: Url,
  number: Id,
  state: Word,
  draft: Maybe(Type.Boolean()),
  merged_at: Maybe(Word),
  head: Type.Object({ sha: Type.String({ pattern: '^[0-9a-f]{40,64}$' }) }),
});
export const GITHUB_PULLS = Type.Array(GITHUB_PULL);
export const GITHUB_REPOSITORY = Type.Object({ default_branch: Branch });
export const GITHUB_CHECK_RUNS = Type.Array(Type.Object({ status: Word, conclusion: Maybe(Word) }));
export const GITHUB_STATUSES = Type.Array(Type.Object({ context: Word, state: Word }));
export const GITHUB_INSTALLATION = Type.Object({ id: Id });
export const GITHUB_TOKEN = Type.Object({
  token: Type.String({ pattern: '^[\\x21-\\x7e]{1,8192}$' }),
  expires_at: Word,
});

/** The same of GitLab's. */
export const GITLAB_MERGE_REQUEST = Type.Object({
  web_url: Url,
  iid: Id,
  state: Word,
  draft: Maybe(Type.Boolean()),
  head_pipeline: Maybe(Type.Object({ status: Word })),
});
export const GITLAB_MERGE_REQUESTS = Type.Array(GITLAB_MERGE_REQUEST);
export const GITLAB_PROJECT = Type.Object({ default_branch: Branch });

/** The answer, when it is what the API says; what is behind an address may be anything. @throws ProviderError, retryable */
export function answered<T extends TSchema>(host: string, schema: T, answer: unknown): Static<T> {
  if (Value.Check(schema, answer)) return answer as Static<T>;
  const { path = '', message = '' } = Value.Errors(schema, answer).First() ?? {};
  const wrong = path === '' ? message : `${path}: ${message}`;
  const words = `its answer is not what its API promises (${wrong})`;
  throw hostingFailure(host, { status: undefined, message: words }, undefined);
}
