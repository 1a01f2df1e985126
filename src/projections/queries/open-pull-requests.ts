import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { RowsDatabase } from '../database/rows-database.js';

interface OpenPullRequest {
  readonly taskId: string;
  /** Where its repository is, as the remote is spelt. */
  readonly host: string;
}

/** The tasks whose pull request is open as far as is known, those that changed last first. */
export class OpenPullRequests extends Query<OpenPullRequest[]> {
  constructor(readonly limit: number) {
    super();
  }
}

@QueryHandler(OpenPullRequests)
export class OpenPullRequestsHandler implements IQueryHandler<OpenPullRequests> {
  constructor(@Inject(RowsDatabase) private readonly database: RowsDatabase) {}

  async execute({ limit }: OpenPullRequests): Promise<OpenPullRequest[]> {
    const rows = await this.database.read((manager) =>
      manager.query<{ task_id: string; repo_remote: string }[]>(
        `SELECT task_id, state->>'repoRemote' AS repo_remote FROM tasks WHERE pull_request IN ('open', 'draft') AND status <> 'killed'
         ORDER BY updated_at DESC LIMIT $1`,
        [limit],
      ),
    );
    // `https://host/…`, `ssh://git@host/…` or `git@host:…`.
    return rows.map(({ task_id: taskId, repo_remote: remote }) => ({
      taskId,
      host: remote
        .replace(/^\w+:\/\//, '')
        .replace(/^[^/@]*@/, '')
        .split(/[/]|:(?!\d+\/)/)[0]!,
    }));
  }
}
