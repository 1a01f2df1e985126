// Made by `npm run client:types` from the OpenAPI document. Do not edit.
export interface paths {
  '/v1/tasks': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A workspace's tasks, newest first. */
    get: operations['TaskReadsController_list'];
    put?: never;
    /** Create a task. Answers as soon as it is stored; it is provisioned behind. */
    post: operations['TasksController_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Go on from the failed stage. Harmless when nothing has failed. */
    post: operations['TasksController_retry'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/archive': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Release the sandbox and keep its files. */
    post: operations['TasksController_archive'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Bring an archived task back: the same checkout, and agents that take its sessions up again. */
    post: operations['TasksController_resume'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/kill': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Destroy sandbox, processes and files, in whatever state the task is. */
    post: operations['TasksController_kill'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/erase': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Make what people and agents said in a killed task unreadable, for good. Answers when its key is destroyed. */
    post: operations['TasksController_erase'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/sessions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A task's sessions, in the order in which they were asked for. */
    get: operations['TaskReadsController_sessions'];
    put?: never;
    /** Ask for a further session, at any time; it is opened when the task is running. */
    post: operations['TasksController_requestSession'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/providers': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Which providers and agents a task can be created with. */
    get: operations['ProvidersController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/sessions/{sessionId}/messages': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The prompt and the agent's answers so far. */
    get: operations['SessionMessagesController_read'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/sessions/{sessionId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The session. */
    get: operations['SessionsController_show'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /** Change how questions are answered, the mode or the model, at any time. */
    patch: operations['SessionsController_change'];
    trace?: never;
  };
  '/v1/tasks/{taskId}/sessions/{sessionId}/prompts': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What was asked, oldest first: all that is not over, and the latest of what is. */
    get: operations['SessionsController_prompts'];
    put?: never;
    /**
     * Ask the agent something, at any time: prompts wait, and are sent one after the other.
     * @description At most 100 prompts of a session wait; one more is refused with 409 `too_many_prompts`. An Idempotency-Key holds for the session's latest 10000 prompts; what one that is long over asked is not compared any more.
     */
    post: operations['SessionsController_queue'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/sessions/{sessionId}/prompts/{promptId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** Take back a prompt that waits. */
    delete: operations['SessionsController_withdraw'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/sessions/{sessionId}/prompts/{promptId}/resend': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Send a prompt again of which it is not known whether it reached the agent. */
    post: operations['SessionsController_resend'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/sessions/{sessionId}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Stop the agent's turn; prompts that wait stay. Harmless when it does nothing. */
    post: operations['SessionsController_cancel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/sessions/{sessionId}/permissions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What the agent asks: what waits for an answer, and the latest of the others. */
    get: operations['SessionsController_permissions'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/sessions/{sessionId}/permissions/{permissionId}/answer': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Answer the agent. The first answer holds. */
    post: operations['SessionsController_answer'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/push': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Push the task's branch to its remote. */
    post: operations['ActionsController_push'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/pull-request': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Push the branch, then open a pull request of it, or find the open one. */
    post: operations['ActionsController_pullRequest'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/pull-request/refresh': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Look at the pull request at its host now. It is looked at by itself now and then. */
    post: operations['ActionsController_refresh'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/actions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What was asked to be done with the task's work, newest first: the last 20. */
    get: operations['ActionsController_actions'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/changes': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What was changed when it was last looked at, or by then; also of a task that is over. */
    get: operations['ChangesController_changes'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/changes/refresh': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Have the changes looked at again, behind. */
    post: operations['ChangesController_refresh'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/changes/diff': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The unified diff of what was last observed against the base, uncommitted work included. Long ones end with a line that says so. */
    get: operations['ChangesController_diff'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/files': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A folder of the checkout as it is now, without .git; links are not followed. */
    get: operations['ChangesController_files'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/files/content': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A file of the checkout as it is now, at most its first MiB. */
    get: operations['ChangesController_content'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/workspaces/{workspaceId}/credentials': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The credentials for git hosts that a workspace has, without what is secret. */
    get: operations['CredentialsController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/workspaces/{workspaceId}/credentials/{host}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Those for one host: at most one of each kind. */
    get: operations['CredentialsController_get'];
    /** Give the workspace a credential for a git host, in place of the one of that kind. */
    put: operations['CredentialsController_put'];
    post?: never;
    /** Delete a credential for good. */
    delete: operations['CredentialsController_delete'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/workspaces/{workspaceId}/webhooks': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The webhooks of a workspace, and how far each has got. */
    get: operations['WebhooksController_list'];
    put?: never;
    /** Have what happens to the workspace's tasks posted to an address. The secret is in the answer and nowhere else. */
    post: operations['WebhooksController_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/workspaces/{workspaceId}/webhooks/{webhookId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One of them. */
    get: operations['WebhooksController_get'];
    put?: never;
    post?: never;
    /** Delete it for good, with its secret and the history of its deliveries. */
    delete: operations['WebhooksController_delete'];
    options?: never;
    head?: never;
    /** Change, pause or resume it. The next delivery is tried at once. */
    patch: operations['WebhooksController_change'];
    trace?: never;
  };
  '/v1/workspaces/{workspaceId}/webhooks/{webhookId}/replay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Deliver, be it again, what happened after a position. One that was disabled is active again. */
    post: operations['WebhooksController_replay'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/workspaces/{workspaceId}/webhooks/{webhookId}/test': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Send it a message of the type `test` now, once, and tell how that went. */
    post: operations['WebhooksController_test'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/workspaces/{workspaceId}/webhooks/{webhookId}/deliveries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Its last attempts at deliveries, newest first. */
    get: operations['WebhooksController_deliveries'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Who the caller is, and what they are. */
    get: operations['TokensController_me'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tokens': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The tokens of a workspace, also those that have ended; of all where the caller sees all. */
    get: operations['TokensController_list'];
    put?: never;
    /** Make a token. Its text is in the answer and nowhere else. */
    post: operations['TokensController_create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tokens/{tokenId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** End a token: refused everywhere, and its sockets closed, within seconds. */
    delete: operations['TokensController_revoke'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/live/ticket': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** A ticket for one WebSocket, for those who can put no header on it. */
    post: operations['TokensController_ticket'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/logins': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Who has logged in with a browser and is let in still. */
    get: operations['LoginsController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/logins/{loginId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** Put somebody out: their browser is refused everywhere, and its sockets closed, within seconds. */
    delete: operations['LoginsController_end'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/workspaces': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The workspaces that have tasks; for who is let into some only, those, with tasks or without. */
    get: operations['WorkspaceListController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/workspaces/{workspaceId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How much the workspace may have. */
    get: operations['WorkspacesController_show'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /** Change how much the workspace may have. What it has already it keeps; tasks that wait go on. */
    patch: operations['WorkspacesController_change'];
    trace?: never;
  };
  '/v1/workspaces/{workspaceId}/usage': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How much the workspace has, and has had by day, counted from what happened. */
    get: operations['WorkspacesController_usage'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/audit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Who did what, when, from where and with which token, and what was refused, from the log; newest first, or oldest first after a position. */
    get: operations['AuditController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/setup/output': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What the setup has put out: so far while it runs (ask again for more), as it is stored when it has ended. */
    get: operations['SetupController_output'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/logs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A page of what the sandbox's programs put out, oldest first. */
    get: operations['LogsController_read'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/counts': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How many of a workspace's tasks there are, by status and agent. */
    get: operations['TaskReadsController_counts'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A task as it is now or, with `at`, as it was. */
    get: operations['TaskReadsController_get'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/history': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What happened to a task, oldest first. */
    get: operations['TaskReadsController_history'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/sessions/{sessionId}/transcript': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What was said and done, oldest first. */
    get: operations['TranscriptController_transcript'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/projects': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A workspace's projects, newest first. */
    get: operations['ProjectReadsController_projects'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/stage-durations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How long the stages have taken lately, by provider. */
    get: operations['ProjectReadsController_stageDurations'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/projects/{projectId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A project, and what its new tasks get. */
    get: operations['ProjectsController_get'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /** Change what a project's new tasks get. What is left out stays as it is; `null` clears it. */
    patch: operations['ProjectsController_change'];
    trace?: never;
  };
  '/v1/projects/{projectId}/kept': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What outlived the sandboxes of killed tasks: every tip. */
    get: operations['KeptController_list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/kept/bundle': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All that is kept of a task as a git bundle, from which git can fetch. */
    get: operations['KeptController_bundle'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/tasks/{taskId}/kept': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** Give up what is kept of a task, for good. */
    delete: operations['KeptController_delete'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /**
     * @description A stable word for programs.
     * @enum {string}
     */
    FailureCode:
      | 'invalid_request'
      | 'invalid_id'
      | 'invalid_at'
      | 'invalid_cursor'
      | 'malformed_body'
      | 'malformed_url'
      | 'body_too_large'
      | 'unsupported_media_type'
      | 'cross_site_request'
      | 'misdirected_request'
      | 'not_from_proxy'
      | 'not_authenticated'
      | 'not_permitted'
      | 'too_many_requests'
      | 'too_many_wrong_tokens'
      | 'too_many_creates'
      | 'workspace_full'
      | 'workspace_not_found'
      | 'project_not_found'
      | 'token_not_found'
      | 'webhook_not_found'
      | 'too_many_webhooks'
      | 'login_not_found'
      | 'login_expired'
      | 'login_refused'
      | 'login_not_permitted'
      | 'login_provider_away'
      | 'idempotency_key_reused'
      | 'not_found'
      | 'task_not_found'
      | 'session_not_found'
      | 'task_exists'
      | 'not_retryable'
      | 'not_archivable'
      | 'not_resumable'
      | 'not_pushable'
      | 'no_pull_request'
      | 'unpushed_work'
      | 'kept_not_found'
      | 'task_not_killed'
      | 'task_not_sealed'
      | 'task_is_over'
      | 'too_many_sessions'
      | 'session_is_over'
      | 'prompt_not_found'
      | 'prompt_not_queued'
      | 'prompt_not_unsure'
      | 'too_many_prompts'
      | 'permission_not_found'
      | 'permission_answered'
      | 'unknown_option'
      | 'unknown_choice'
      | 'event_store_unavailable'
      | 'event_store_refused'
      | 'task_too_busy'
      | 'rows_unavailable'
      | 'rows_slow'
      | 'rows_rebuilding'
      | 'rows_behind'
      | 'undecodable_event'
      | 'branch_taken'
      | 'branch_not_found'
      | 'bad_branch'
      | 'branch_not_kept'
      | 'sandbox_damaged'
      | 'setup_failed'
      | 'env_deleted'
      | 'setup_unsupported'
      | 'sandbox_not_removed'
      | 'temp_unavailable'
      | 'repository_not_found'
      | 'repository_owned_by_other'
      | 'repository_unsupported'
      | 'host_not_found'
      | 'name_service_failed'
      | 'remote_untrusted'
      | 'repository_too_large'
      | 'remote_unauthorized'
      | 'nothing_to_push'
      | 'push_not_fast_forward'
      | 'push_rejected'
      | 'hosting_unknown'
      | 'hosting_refused'
      | 'hosting_unavailable'
      | 'credentials_refused'
      | 'credentials_locked'
      | 'credentials_unavailable'
      | 'credentials_missing'
      | 'remote_refused'
      | 'remote_redirects'
      | 'remote_unreachable'
      | 'mirror_busy'
      | 'git_missing'
      | 'git_too_old'
      | 'repository_damaged'
      | 'git_failed'
      | 'provider_missing'
      | 'platform_unsupported'
      | 'no_checkout_yet'
      | 'checkout_gone'
      | 'checkout_not_here'
      | 'checkout_unreadable'
      | 'changes_too_slow'
      | 'path_not_found'
      | 'sandbox_missing'
      | 'processes_survive'
      | 'system_failed'
      | 'bad_task_id'
      | 'bad_session_id'
      | 'simulated_failure'
      | 'agent_unknown'
      | 'agent_not_allowed'
      | 'agent_needs_login'
      | 'agent_install_failed'
      | 'agent_missing'
      | 'agent_refused'
      | 'agent_reply_invalid'
      | 'agent_unreachable'
      | 'port_closed'
      | 'no_ports'
      | 'agent_silent'
      | 'agent_unhealthy'
      | 'agent_died'
      | 'agent_server_failed'
      | 'agent_server_missing'
      | 'engine_unreachable'
      | 'engine_failed'
      | 'engine_unsupported'
      | 'image_missing'
      | 'sandbox_name_taken'
      | 'sandbox_disk_full'
      | 'timeout'
      | 'poison_message'
      | 'internal_error'
      | 'unexpected';
    FieldProblemDto: {
      field: string;
      message: string;
    };
    UnpushedWorkDto: {
      /** @description Commits that are on no remote. */
      commits: number;
      /** @description Files that are not committed. */
      uncommitted: number;
      /** @description Where the commits are, some of them. */
      tips: string[];
    };
    ProblemDto: {
      /** @example about:blank */
      type: string;
      title: string;
      status: number;
      /** @description What is wrong and what to change. */
      detail: string;
      /** @description A stable word for programs. */
      code: components['schemas']['FailureCode'];
      /** @description One entry for each field that is wrong. */
      errors?: components['schemas']['FieldProblemDto'][];
      /** @description With `unpushed_work`: what is on no remote; absent where it could not be looked at. */
      work?: components['schemas']['UnpushedWorkDto'];
    };
    /**
     * @description How the agent's questions are answered.
     * @enum {string}
     */
    PermissionPolicy: 'ask' | 'allow_edits' | 'allow_all' | 'deny';
    CreateTaskDto: {
      /** @description How the agent's questions are answered. */
      permissionPolicy?: components['schemas']['PermissionPolicy'];
      /** @description One of the agent's modes. */
      modeId?: string;
      /** @description One of the agent's models. */
      model?: string;
      /**
       * @description The prompt: what is to be done.
       * @example fix: the login page forgets the language
       */
      task: string;
      /**
       * @description Address of the git repository: https, ssh, or a path below an allowed root.
       * @example https://github.com/acme/shop.git
       */
      repoRemote: string;
      /** @default default */
      workspaceId?: string;
      /** @description Made from the prompt when absent. */
      title?: string;
      /** @description Made from the title when absent. Must not be taken by another task of the project. */
      branchName?: string;
      /** @description The branch to start from; the repository's default branch when absent. */
      onBranch?: string;
      /**
       * @description Where the sandbox is made; the first configured provider when absent.
       * @example local
       */
      providerId?: string;
      /** @example mock */
      agentType?: string;
      /**
       * @description Commands for /bin/sh, run in the checkout before the agent starts: the first that fails ends them. The repository's `.slipway/setup.sh` when absent, if it has one.
       * @example npm ci
       */
      setup?: string;
      /**
       * @description Seconds without activity after which the sandbox stops and the task sleeps until the next prompt; 0: never. The project's, the workspace's or the service's when absent.
       * @example 1800
       */
      idleStopAfter?: number;
      /** @description Seconds that the sandbox goes on at most, whatever happens in it, before the task sleeps; 0: any number. The project's, the workspace's or the service's when absent. */
      maxAge?: number;
    };
    /** @enum {string} */
    TaskStatus:
      | 'init_enqueue_provision'
      | 'init_ensure_name'
      | 'init_create_sandbox'
      | 'init_ensure_agent'
      | 'init_create_session'
      | 'running'
      | 'error'
      | 'archiving'
      | 'archived'
      | 'sleeping'
      | 'killing'
      | 'killed';
    /**
     * @description The stage that is due, under way or failed.
     * @enum {string}
     */
    Stage:
      | 'ensure_name'
      | 'create_sandbox'
      | 'run_setup'
      | 'ensure_agent'
      | 'create_session'
      | 'release_sandbox'
      | 'destroy_sandbox';
    TaskErrorDto: {
      /** @description The stage that failed. For an event that cannot be read: the one that was due, or else ended last. */
      stage: components['schemas']['Stage'];
      attempts: number;
      /** @description A stable word for programs. */
      code: components['schemas']['FailureCode'];
      reason: string;
      /** Format: date-time */
      at: string;
    };
    /**
     * @description Once that is known.
     * @enum {string}
     */
    WaitsFor: 'live_tasks' | 'sessions' | 'agent_minutes';
    QueueDto: {
      /** Format: date-time */
      since: string;
      /** @description Once that is known. */
      for: components['schemas']['WaitsFor'] | null;
      /** @description The limit that is reached. */
      limit: number | null;
      /** @description Where in the line, from 1, at the time of the answer; not in live updates and histories. */
      place: number | null;
    };
    /**
     * @description Nothing happens in it, or it has been awake for long.
     * @enum {string}
     */
    SleepReason: 'idle' | 'age';
    SleepDto: {
      /** @description Seconds without activity; null: any number. */
      idleStopAfter: number | null;
      /** @description Seconds awake; null: any number. */
      maxAge: number | null;
      /**
       * Format: date-time
       * @description When the sandbox stops as things are, or the deadline that it was stopped at; null while there is none: something is done in it.
       */
      deadline: string | null;
      /** @description Nothing happens in it, or it has been awake for long. */
      for: components['schemas']['SleepReason'] | null;
      /** @description Whether the deadline has been told of in an event. */
      warned: boolean;
    };
    /**
     * @description Given with the task, of its project, or `.slipway/setup.sh` of the repository.
     * @enum {string}
     */
    SetupSource: 'task' | 'project' | 'repository';
    /** @enum {string} */
    SetupState: 'pending' | 'running' | 'done' | 'failed';
    SetupDto: {
      /** @description Given with the task, of its project, or `.slipway/setup.sh` of the repository. */
      source: components['schemas']['SetupSource'];
      state: components['schemas']['SetupState'];
      /** @description The end of what it put out, once it has ended. The history has up to 20,000 characters of it. */
      output: string | null;
    };
    KeptRefDto: {
      /** @example refs/kept/6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e/heads/fix-the-login */
      name: string;
      commit: string;
    };
    KeptDto: {
      /** @description The git repository that has the refs. */
      where: string;
      /** @description How many refs there are. */
      count: number;
      /** @description The first 100. */
      refs: components['schemas']['KeptRefDto'][];
    };
    /** @enum {string} */
    ActionKind: 'push' | 'pull_request';
    /** @enum {string} */
    ActionState: 'requested' | 'running' | 'done' | 'error';
    ActionErrorDto: {
      /** @description A stable word for programs. */
      code: components['schemas']['FailureCode'];
      reason: string;
    };
    ActionDto: {
      /** Format: uuid */
      actionId: string;
      /** Format: uuid */
      taskId: string;
      kind: components['schemas']['ActionKind'];
      state: components['schemas']['ActionState'];
      /** @description Which attempt, from 1. */
      attempt: number;
      /** @description One line for people. */
      message: string;
      /** @description What the branch on the remote is on, once it is. */
      commit: string | null;
      /** @description Of the pull request. */
      url: string | null;
      /** @description Of the pull request. */
      number: number | null;
      error: components['schemas']['ActionErrorDto'] | null;
      /** Format: date-time */
      requestedAt: string;
      /** Format: date-time */
      startedAt: string | null;
      /** Format: date-time */
      endedAt: string | null;
    };
    /** @enum {string} */
    PullRequestState: 'open' | 'draft' | 'merged' | 'closed';
    /** @enum {string} */
    CheckState: 'none' | 'pending' | 'passed' | 'failed';
    PullRequestDto: {
      url: string;
      number: number;
      state: components['schemas']['PullRequestState'];
      checks: components['schemas']['CheckState'];
      /**
       * Format: date-time
       * @description When that was last found out.
       */
      at: string;
    };
    ChangesSummaryDto: {
      files: number;
      additions: number;
      deletions: number;
      /** @description Commits that the branch it came from has not. */
      ahead: number;
      /** @description Commits of the branch it came from, as last fetched, that it has not. */
      behind: number;
      /** @description Files that are not committed. */
      uncommitted: number;
      /** @description Whether the remote has all of it. */
      pushed: boolean;
      /** Format: date-time */
      at: string;
    };
    ChangesProblemDto: {
      code: components['schemas']['FailureCode'];
      reason: string;
      /** Format: date-time */
      at: string;
    };
    /** @enum {string} */
    SessionState: 'pending_provision' | 'pending_session_create' | 'ready' | 'error' | 'ended';
    /**
     * @description What it is doing; null where it does nothing because its task is in error.
     * @enum {string}
     */
    Activity: 'waiting_for_permission' | 'lost' | 'cancelling' | 'working' | 'starting' | 'idle' | 'ended';
    ChoiceDto: {
      id: string;
      name: string;
    };
    UsageDto: {
      inputTokens?: number;
      outputTokens?: number;
      /** @description Tokens in the agent's context. */
      used?: number;
      /** @description Tokens that fit into it. */
      size?: number;
      cost?: number;
      currency?: string;
    };
    SessionDto: {
      /** Format: uuid */
      sessionId: string;
      /** Format: uuid */
      taskId: string;
      agentType: string;
      state: components['schemas']['SessionState'];
      /** @description The agent's own name for the session, once it is ready. */
      agentSessionId: string | null;
      /** @description Why it is not ready, or why it ended. */
      error: string | null;
      /** Format: date-time */
      createdAt: string;
      /** @description What it is doing; null where it does nothing because its task is in error. */
      activity: components['schemas']['Activity'] | null;
      queuedPrompts: number;
      /** @description Prompts of which it is not known whether they reached the agent. */
      unsurePrompts: number;
      /** @description Questions of the agent that wait for an answer. */
      pendingPermissions: number;
      permissionPolicy: components['schemas']['PermissionPolicy'];
      /** @description The agent's mode. */
      modeId: string | null;
      modes: components['schemas']['ChoiceDto'][];
      /** @description The agent's model. */
      model: string | null;
      models: components['schemas']['ChoiceDto'][];
      usage: components['schemas']['UsageDto'];
      /**
       * Format: date-time
       * @description When something was last said or done in it.
       */
      lastEntryAt: string | null;
    };
    TaskDto: {
      /** Format: uuid */
      taskId: string;
      workspaceId: string;
      /** Format: uuid */
      projectId: string;
      repoRemote: string;
      /** @description The prompt. Lists and live updates carry its beginning only: see taskTruncated. */
      task: string;
      /**
       * @description There where `task` is the beginning of a long prompt; GET /v1/tasks/{taskId} has all of it.
       * @enum {boolean}
       */
      taskTruncated?: true;
      /**
       * @description There where what people and agents said in it is erased: texts are `[erased]`.
       * @enum {boolean}
       */
      erased?: true;
      /** @description Made by the stage ensure_name when none was given. */
      title: string | null;
      /** @description The reserved branch; before that the one asked for. */
      branchName: string | null;
      /** @description The branch it starts from; null for the default branch. */
      onBranch: string | null;
      providerId: string;
      agentType: string;
      status: components['schemas']['TaskStatus'];
      /** @description One line for people. */
      statusMessage: string;
      /** @description The stage that is due, under way or failed. */
      stage: components['schemas']['Stage'] | null;
      /** @description Which attempt of the stage, from 1. */
      attempt: number;
      error: components['schemas']['TaskErrorDto'] | null;
      /** @description There while it waits for room in its workspace. */
      queue: components['schemas']['QueueDto'] | null;
      /** @description There where its sandbox stops by itself. */
      sleep: components['schemas']['SleepDto'] | null;
      /** @description Kept also when provisioning failed. */
      sandboxId: string | null;
      /** @description Where the checkout is, if it is on this machine. */
      sandboxPath: string | null;
      /** @description What people should know of the checkout (what is not in it, say), a sentence each. */
      notices: string[];
      /** @description What is run in the sandbox before the agent starts; null where there is nothing to run. */
      setup: components['schemas']['SetupDto'] | null;
      /** @description The names of the variables that its project gives its sandbox. */
      env: string[];
      /** @description Work that outlived the sandbox, where a kill was to keep it. */
      kept: components['schemas']['KeptDto'] | null;
      /** @description The newest of its actions: a push, a pull request. */
      action: components['schemas']['ActionDto'] | null;
      /** @description What its branch was last pushed with. */
      pushedCommit: string | null;
      pullRequest: components['schemas']['PullRequestDto'] | null;
      /** @description What is changed in the checkout, as it was last seen behind; null before that. */
      changes: components['schemas']['ChangesSummaryDto'] | null;
      /** @description Why the last look at the changes saw nothing. */
      changesProblem: components['schemas']['ChangesProblemDto'] | null;
      /**
       * Format: uuid
       * @description The first session.
       */
      sessionId: string;
      sessions: components['schemas']['SessionDto'][];
      /** @description The most urgent of its sessions'. */
      activity: components['schemas']['Activity'] | null;
      /** @description Whether nothing goes on without somebody: a question, a doubt or an error. */
      needsYou: boolean;
      /**
       * @description The one cursor: position of the last event in this record.
       * @example 4711
       */
      position: string;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
    };
    KillTaskDto: {
      /**
       * @description Whether the task's branch outlives its sandbox.
       * @default false
       */
      keepBranch?: boolean;
      /**
       * @description Goes on although there is work that is on no remote. Without this and `keepBranch` that is a 409.
       * @default false
       */
      discardChanges?: boolean;
    };
    RequestSessionDto: {
      /** @description How the agent's questions are answered. */
      permissionPolicy?: components['schemas']['PermissionPolicy'];
      /** @description One of the agent's modes. */
      modeId?: string;
      /** @description One of the agent's models. */
      model?: string;
      /**
       * @description The task's own agent type when absent.
       * @example mock
       */
      agentType?: string;
      /** @description What to ask at once; nothing when absent. */
      prompt?: string;
    };
    ProviderDto: {
      providerId: string;
      /** @description The agent types that may be asked for there; null where that is not limited. */
      agents: string[] | null;
    };
    ProviderListDto: {
      /** @description The first one is taken where none is named. */
      items: components['schemas']['ProviderDto'][];
      /** @description The agent type that is taken where none is named, here or by the project. */
      defaultAgent: string;
    };
    SessionMessageDto: {
      /** @enum {string} */
      role: 'user' | 'agent';
      text: string;
      /** @description Whether something that was said is missing; the text has a note in its place. */
      truncated?: boolean;
    };
    SessionTranscriptDto: {
      messages: components['schemas']['SessionMessageDto'][];
      /**
       * @description What the agent is doing.
       * @enum {string}
       */
      state: 'busy' | 'idle' | 'dead' | 'unknown';
    };
    SessionSettingsDto: {
      /** @description How the agent's questions are answered. */
      permissionPolicy?: components['schemas']['PermissionPolicy'];
      /** @description One of the agent's modes. */
      modeId?: string;
      /** @description One of the agent's models. */
      model?: string;
    };
    QueuePromptDto: {
      /** @description What the agent is asked. */
      text: string;
    };
    /** @enum {string} */
    PromptState: 'queued' | 'sent' | 'working' | 'done' | 'cancelled' | 'failed' | 'withdrawn' | 'unsure';
    PromptDto: {
      /** Format: uuid */
      promptId: string;
      text: string;
      state: components['schemas']['PromptState'];
      /** @description Its place in the queue, from 1; null when it waits no more. */
      position: number | null;
      /** @description Who asked. */
      by: string;
      /** Format: date-time */
      queuedAt: string;
    };
    PromptListDto: {
      items: components['schemas']['PromptDto'][];
    };
    PermissionOptionDto: {
      optionId: string;
      name: string;
      /** @enum {string} */
      kind: 'allow_once' | 'allow_always' | 'reject_once' | 'reject_always' | 'other';
    };
    PermissionDto: {
      /** Format: uuid */
      permissionId: string;
      toolCallId?: string;
      title: string;
      options: components['schemas']['PermissionOptionDto'][];
      /** @enum {string} */
      state: 'pending' | 'answered' | 'cancelled';
      /** Format: date-time */
      askedAt: string;
      /**
       * Format: date-time
       * @description When it is cancelled by itself; absent for never.
       */
      deadline?: string;
      /** @description The option that was chosen. */
      answer?: string;
      /** @description Who answered: a person, the policy, a deadline, a cancel. */
      by?: string;
    };
    PermissionListDto: {
      items: components['schemas']['PermissionDto'][];
    };
    AnswerPermissionDto: {
      /** @description One of the options that the question lists. */
      optionId: string;
    };
    RequestPushDto: {
      /** @description Of the commit with what is not committed; made from the task's title without. */
      message?: string | null;
      /**
       * @description Whether what is not committed is committed first.
       * @default true
       */
      includeUncommitted?: boolean;
      /**
       * @description Replaces what the branch has on the remote, as long as nobody changes it meanwhile.
       * @default false
       */
      force?: boolean;
    };
    RequestPullRequestDto: {
      /** @description Of the commit with what is not committed; made from the task's title without. */
      message?: string | null;
      /**
       * @description Whether what is not committed is committed first.
       * @default true
       */
      includeUncommitted?: boolean;
      /**
       * @description Replaces what the branch has on the remote, as long as nobody changes it meanwhile.
       * @default false
       */
      force?: boolean;
      /** @description The task's own without. */
      title?: string | null;
      /** @description What the agent said last, without. */
      body?: string | null;
      /** @default false */
      draft?: boolean;
      /** @description The branch that it is to go into: the one that the task began from, else the repository's default. */
      base?: string | null;
    };
    ActionListDto: {
      items: components['schemas']['ActionDto'][];
    };
    /** @enum {string} */
    ChangeStatus: 'added' | 'modified' | 'deleted' | 'renamed' | 'type_changed';
    ChangedFileDto: {
      path: string;
      /** @description Of what was renamed: its path before. */
      oldPath?: string;
      status: components['schemas']['ChangeStatus'];
      /** @description Lines; 0 of what is binary. */
      additions: number;
      deletions: number;
      binary: boolean;
    };
    /** @enum {string} */
    LeftOutReason: 'too_large' | 'too_many' | 'special_file' | 'nested_repository' | 'name';
    LeftOutDto: {
      path: string;
      why: components['schemas']['LeftOutReason'];
    };
    ChangesDto: {
      files: number;
      additions: number;
      deletions: number;
      /** @description Commits that the branch it came from has not. */
      ahead: number;
      /** @description Commits of the branch it came from, as last fetched, that it has not. */
      behind: number;
      /** @description Files that are not committed. */
      uncommitted: number;
      /** @description Whether the remote has all of it. */
      pushed: boolean;
      /** Format: date-time */
      at: string;
      /** @description The commit that the changes are told against. */
      base: string;
      /** @description Null before a first commit. */
      head: string | null;
      /** @description Null where HEAD is detached. */
      branch: string | null;
      /** @description By path; the first 500. */
      items: components['schemas']['ChangedFileDto'][];
      /** @description Files that are not committed and were not looked at. */
      left: components['schemas']['LeftOutDto'][];
      /** @description Whether there are more files, or more was left out, than is named. */
      truncated: boolean;
    };
    ChangesAnswerDto: {
      /** @description Null until they were looked at. */
      changes: components['schemas']['ChangesDto'] | null;
      /** @description Why the last look saw nothing; what was seen before stays. */
      problem: components['schemas']['ChangesProblemDto'] | null;
      /** @description Whether a look was asked for that has not been taken yet. */
      refreshing: boolean;
    };
    FolderEntryDto: {
      name: string;
      /** @enum {string} */
      kind: 'file' | 'folder' | 'link' | 'other';
      /** @description Bytes; of a file. */
      size?: number;
    };
    FolderListDto: {
      path: string;
      /** @description Folders first. */
      items: components['schemas']['FolderEntryDto'][];
      /** @description Whether there are more than 5,000. */
      truncated: boolean;
    };
    FileContentDto: {
      path: string;
      /** @description Bytes. */
      size: number;
      binary: boolean;
      /** @description Whether `content` is the first MiB only. */
      truncated: boolean;
      /** @description Null of what is binary. */
      content: string | null;
    };
    /** @enum {string} */
    CredentialKind: 'https' | 'ssh' | 'app';
    CredentialDto: {
      workspaceId: string;
      /** @example github.com */
      host: string;
      kind: components['schemas']['CredentialKind'];
      username: string | null;
      /** @description Of a GitHub App. */
      appId: string | null;
      /** @description Tells one secret from another: a key's as ssh-keygen or GitHub shows it, a token's as a keyed hash. */
      fingerprint: string | null;
      /** Format: date-time */
      createdAt: string;
      /**
       * Format: date-time
       * @description When git was last given it.
       */
      lastUsedAt: string | null;
    };
    CredentialListDto: {
      items: components['schemas']['CredentialDto'][];
    };
    PutCredentialDto: {
      kind: components['schemas']['CredentialKind'];
      /**
       * @description https: the user name that goes with the token.
       * @default git
       */
      username?: string;
      /** @description https: the token. It is encrypted and never shown again. */
      token?: string;
      /** @description ssh: a private key without a passphrase. app: an RSA key of the GitHub App, in PEM. It is encrypted and never shown again. */
      privateKey?: string;
      /** @description app: the id of the GitHub App, or its client id. */
      appId?: string;
      /** @description ssh: known_hosts lines of the host, which no other key is accepted for. */
      knownHosts?: string;
    };
    /**
     * @description `disabled`: the service has given it up, and `reason` says why.
     * @enum {string}
     */
    WebhookStatus: 'active' | 'paused' | 'disabled';
    WebhookDto: {
      /** Format: uuid */
      webhookId: string;
      workspaceId: string;
      url: string;
      /** @description The types of events of tasks that it is told of, as histories name them; null: all. */
      types: string[] | null;
      /** @description `disabled`: the service has given it up, and `reason` says why. */
      status: components['schemas']['WebhookStatus'];
      /** @description Why it is disabled. */
      reason: string | null;
      /** @description What happened up to here was delivered, or is not wanted. Null: it begins anew, as after a restore. */
      position: string | null;
      /** @description Attempts at the next delivery that have failed. */
      failures: number;
      /** Format: date-time */
      failingSince: string | null;
      /** Format: date-time */
      nextAttemptAt: string | null;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      changedAt: string;
    };
    WebhookListDto: {
      /** @description At most 20, oldest first. */
      items: components['schemas']['WebhookDto'][];
    };
    CreateWebhookDto: {
      /**
       * @description Where messages are posted: https, or http to a private host that SLIPWAY_ALLOW_PRIVATE_HOSTS allows. Put nothing secret into it.
       * @example https://example.com/hooks/slipway
       */
      url: string;
      /**
       * @description The types of events of tasks that it is told of, as histories name them; null: all.
       * @example [
       *       "TaskCreated"
       *     ]
       */
      types?: string[] | null;
      /**
       * @description It begins with what happened after this position; without it, with what happens from now on.
       * @example 4711
       */
      after?: string;
    };
    CreatedWebhookDto: {
      /** Format: uuid */
      webhookId: string;
      workspaceId: string;
      url: string;
      /** @description The types of events of tasks that it is told of, as histories name them; null: all. */
      types: string[] | null;
      /** @description `disabled`: the service has given it up, and `reason` says why. */
      status: components['schemas']['WebhookStatus'];
      /** @description Why it is disabled. */
      reason: string | null;
      /** @description What happened up to here was delivered, or is not wanted. Null: it begins anew, as after a restore. */
      position: string | null;
      /** @description Attempts at the next delivery that have failed. */
      failures: number;
      /** Format: date-time */
      failingSince: string | null;
      /** Format: date-time */
      nextAttemptAt: string | null;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      changedAt: string;
      /**
       * @description What messages are signed with. It is in this answer and nowhere else.
       * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
       */
      secret: string;
    };
    ChangeWebhookDto: {
      /** @description Where messages are posted: https, or http to a private host that SLIPWAY_ALLOW_PRIVATE_HOSTS allows. Put nothing secret into it. */
      url?: string;
      /**
       * @description The types of events of tasks that it is told of, as histories name them; null: all.
       * @example [
       *       "TaskCreated"
       *     ]
       */
      types?: string[] | null;
      /**
       * @description `paused`: nothing is delivered; `active`: it goes on where it was, also where it was disabled.
       * @enum {string}
       */
      status?: 'active' | 'paused';
    };
    ReplayWebhookDto: {
      /**
       * @description What happened after it is delivered, be it again; `0`: everything.
       * @example 4711
       */
      after: string;
    };
    DeliveryDto: {
      /** @description The `webhook-id` of the message: the same for each attempt. */
      messageId: string;
      /**
       * @description The event's type; `test` for a test.
       * @example TaskCreated
       */
      type: string;
      /** @description Of the event. */
      position: string | null;
      /**
       * Format: date-time
       * @description When the attempt began.
       */
      at: string;
      durationMs: number;
      /** @description What was answered; null: nothing. */
      status: number | null;
      /** @description What went wrong; null: it was taken. */
      error: string | null;
    };
    DeliveryListDto: {
      /** @description Newest first; 100 of each webhook are kept. */
      items: components['schemas']['DeliveryDto'][];
    };
    /** @enum {string} */
    Role: 'viewer' | 'member' | 'maintainer' | 'admin';
    GrantDto: {
      /** @description A workspace, or `*` for all. */
      workspaceId: string;
      role: components['schemas']['Role'];
    };
    CallerDto: {
      /** @description As it is stored with what the caller does. */
      actor: string;
      role: components['schemas']['Role'];
      /** @description The workspace the caller is let into, or `*`; of several the one that is meant where none is named. */
      workspaceId: string;
      /** @description Of a person, as their provider tells it. */
      name: string | null;
      /** @description If the provider has verified it. */
      email: string | null;
      /** @description What the caller is in which workspace. */
      workspaces: components['schemas']['GrantDto'][];
      /**
       * @description `nobody`: nobody is asked here.
       * @enum {string}
       */
      by: 'nobody' | 'token' | 'login';
    };
    CreateTokenDto: {
      /** @description What it is for, for people. */
      name: string;
      role: components['schemas']['Role'];
      /** @description A workspace, or `*` for all. The caller's own when absent. */
      workspaceId?: string;
      /** @description ISO 8601 in UTC; without it the token holds until it is revoked. */
      expiresAt?: string;
    };
    CreatedTokenDto: {
      /** Format: uuid */
      tokenId: string;
      name: string;
      workspaceId: string;
      role: components['schemas']['Role'];
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      expiresAt: string | null;
      /** Format: date-time */
      revokedAt: string | null;
      /**
       * Format: date-time
       * @description When somebody came with it lately, to the hour.
       */
      usedAt: string | null;
      /** @description What the caller sends. It is shown here and never again. */
      token: string;
    };
    TokenDto: {
      /** Format: uuid */
      tokenId: string;
      name: string;
      workspaceId: string;
      role: components['schemas']['Role'];
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      expiresAt: string | null;
      /** Format: date-time */
      revokedAt: string | null;
      /**
       * Format: date-time
       * @description When somebody came with it lately, to the hour.
       */
      usedAt: string | null;
    };
    TokenListDto: {
      items: components['schemas']['TokenDto'][];
    };
    LiveTicketDto: {
      /** @description For one WebSocket: /v1/live?ticket=… */
      ticket: string;
      /** Format: date-time */
      expiresAt: string;
    };
    LoginDto: {
      /** Format: uuid */
      loginId: string;
      /** @description As it is stored with what they do. */
      actor: string;
      /** @description What the provider calls them; it never changes. */
      subject: string;
      name: string | null;
      /** @description If the provider has verified it. */
      email: string | null;
      /** @description What they are in which workspace. */
      grants: components['schemas']['GrantDto'][];
      /** Format: date-time */
      openedAt: string;
      /**
       * Format: date-time
       * @description To a few minutes.
       */
      seenAt: string;
      /** Format: date-time */
      expiresAt: string;
      /** Format: date-time */
      endedAt: string | null;
    };
    LoginListDto: {
      items: components['schemas']['LoginDto'][];
    };
    KnownWorkspaceDto: {
      workspaceId: string;
    };
    WorkspacePageDto: {
      items: components['schemas']['KnownWorkspaceDto'][];
      /** @description The cursor of the next page; null on the last one. */
      next: string | null;
    };
    LimitsDto: {
      /** @description Null: no limit. */
      liveTasks: number | null;
      /** @description Null: no limit. */
      sessions: number | null;
      /** @description Null: no limit. */
      agentMinutesPerDay: number | null;
      /** @description Null: no limit. */
      createsPerMinute: number | null;
      /** @description Null: no limit. */
      promptsQueued: number | null;
      /** @description Null: no limit. */
      idleStopAfter: number | null;
      /** @description Null: no limit. */
      maxAge: number | null;
    };
    OwnLimitsDto: {
      liveTasks?: number;
      sessions?: number;
      agentMinutesPerDay?: number;
      createsPerMinute?: number;
      promptsQueued?: number;
      idleStopAfter?: number;
      maxAge?: number;
    };
    WorkspaceDto: {
      workspaceId: string;
      /** @description What holds. */
      limits: components['schemas']['LimitsDto'];
      /** @description What was set for it; the others are the service's. */
      ownLimits: components['schemas']['OwnLimitsDto'];
    };
    LimitsWishDto: {
      /** @description Tasks that are begun and neither archived nor killed; further ones wait. */
      liveTasks?: number | null;
      /** @description Sessions in those tasks that are not over; a task that would exceed it waits. */
      sessions?: number | null;
      /** @description Minutes that agents work in a day (UTC); then tasks wait, and prompts are refused, until the next. */
      agentMinutesPerDay?: number | null;
      /** @description Tasks created in a minute. */
      createsPerMinute?: number | null;
      /** @description Prompts that wait for their agents at a time. */
      promptsQueued?: number | null;
      /** @description Seconds without activity after which sandboxes stop, of new tasks that neither they nor their projects have others for; 0: never. */
      idleStopAfter?: number | null;
      /** @description Seconds that sandboxes go on at most, of new tasks that neither they nor their projects have others for; 0: any number. */
      maxAge?: number | null;
    };
    ChangeWorkspaceDto: {
      limits: components['schemas']['LimitsWishDto'];
    };
    UsageNowDto: {
      /** @description Tasks that are begun and neither archived nor killed. */
      liveTasks: number;
      /** @description Tasks that wait for room. */
      waitingTasks: number;
      /** @description Sessions of live tasks that are not over. */
      sessions: number;
      /** @description Prompts that wait for their agents. */
      promptsQueued: number;
      /** @description Minutes that agents have worked today (UTC), turns under way among them. */
      agentMinutesToday: number;
    };
    DayUsageDto: {
      /**
       * @description UTC.
       * @example 2026-12-01
       */
      day: string;
      tasksCreated: number;
      sessions: number;
      prompts: number;
      /** @description Begun in the day. */
      turns: number;
      /** @description Of turns that were begun in the day and have ended. */
      agentSeconds: number;
      /** @description As agents report them. */
      inputTokens: number;
      /** @description As agents report them. */
      outputTokens: number;
      /** @description As agents report it, by currency. */
      cost: {
        [key: string]: number;
      };
    };
    WorkspaceUsageDto: {
      workspaceId: string;
      now: components['schemas']['UsageNowDto'];
      limits: components['schemas']['LimitsDto'];
      /** @description Today first. */
      days: components['schemas']['DayUsageDto'][];
    };
    /** @enum {string} */
    AuditSubjectKind:
      'task' | 'session' | 'project' | 'token' | 'login' | 'workspace' | 'credential' | 'webhook';
    AuditSubjectDto: {
      kind: components['schemas']['AuditSubjectKind'];
      id: string;
    };
    AuditRefusalDto: {
      /** @example not_permitted */
      code: string;
      /** @description So often from the first time to the last. */
      count: number;
      /** @description Of the first time. */
      method: string | null;
      /** @description Of the first time, without the query. */
      path: string | null;
      /** Format: date-time */
      firstAt: string;
      /** Format: date-time */
      lastAt: string;
    };
    AuditEntryDto: {
      /** @example 4711 */
      position: string;
      /**
       * Format: date-time
       * @description When it was stored.
       */
      time: string;
      /** @example token:6e0b1a52-52f0-4c4b-a51c-8f0c2e0a4b0e */
      actor: string;
      /**
       * @description The event's type.
       * @example KillRequested
       */
      action: string;
      subject: components['schemas']['AuditSubjectDto'] | null;
      /** @description Where; `*` for all of them, null for what is of none. Of a refusal the workspace of who asked. */
      workspaceId: string | null;
      address: string | null;
      tokenId: string | null;
      /** @description All that came of one request carries the same. */
      correlationId: string | null;
      /** @description What was refused; null for what was done. */
      refusal: components['schemas']['AuditRefusalDto'] | null;
    };
    AuditPageDto: {
      items: components['schemas']['AuditEntryDto'][];
      /** @description Give it as `after` where that was given, else as `before`; null when there is no more. A page looks at so much of the log and no more, so it may have few items or none, and a next one. */
      next: string | null;
    };
    SetupOutputDto: {
      /** @description `null`: there is no setup (yet). */
      source: components['schemas']['SetupSource'] | null;
      state: components['schemas']['SetupState'] | null;
      /** @description The end of what it has put out, at most 20,000 characters; `null` where nothing is known of it. */
      output: string | null;
    };
    /** @enum {string} */
    LogSource: 'agent' | 'setup' | 'sandbox';
    LogPageDto: {
      /** @description Lines, some 64 KiB of them at most, as plain text. */
      items: string[];
      /**
       * @description Give it as `after` to read on, also when there is nothing more yet.
       * @example 4711
       */
      next: string;
      /** @description Whether there is more already. */
      more: boolean;
      /** @description The log that `after` is of was emptied, or is another one by now: this is the beginning of what there is. */
      restarted: boolean;
    };
    TaskPageDto: {
      items: components['schemas']['TaskDto'][];
      /** @description The cursor of the next page; null on the last one. */
      next: string | null;
    };
    StatusCountDto: {
      status: components['schemas']['TaskStatus'];
      count: number;
    };
    AgentCountDto: {
      agentType: string;
      count: number;
    };
    TaskCountsDto: {
      /** @description Of all that was asked for. */
      total: number;
      /** @description By status, whichever was asked for, most first; what no task has is left out. */
      statuses: components['schemas']['StatusCountDto'][];
      /** @description Of those in which nothing goes on without somebody, whatever was asked of that and of the status. */
      needsYou: number;
      /** @description By agent, whichever was asked for, most first. */
      agents: components['schemas']['AgentCountDto'][];
    };
    HistoryItemDto: {
      /** @example 4711 */
      position: string;
      /** @description The event's number in its task, from 0. */
      revision: number;
      /** @example TaskCreated */
      type: string;
      /** Format: date-time */
      time: string;
      data: {
        [key: string]: unknown;
      };
      metadata: {
        [key: string]: unknown;
      };
    };
    HistoryPageDto: {
      items: components['schemas']['HistoryItemDto'][];
      /** @description Give it as `after`; null when there is no more. */
      next: string | null;
    };
    SessionListDto: {
      items: components['schemas']['SessionDto'][];
    };
    PromptEntryDto: {
      /**
       * @description Entries rise by it; resume after it.
       * @example 4711
       */
      position: string;
      /** Format: date-time */
      at: string;
      /** @enum {string} */
      kind: 'prompt';
      /** Format: uuid */
      promptId: string;
      /** @enum {string} */
      state: 'queued' | 'sent' | 'withdrawn';
      /** @description In the first of the prompt's entries only. */
      text?: string;
      by?: string;
    };
    TextEntryDto: {
      /**
       * @description Entries rise by it; resume after it.
       * @example 4711
       */
      position: string;
      /** Format: date-time */
      at: string;
      /** @enum {string} */
      kind: 'message' | 'thought';
      text: string;
      /** @description Takes the place of the deltas of this name: see the live topic. */
      entryId?: string;
    };
    ToolLocationDto: {
      path: string;
      line?: number;
    };
    ToolContentDto: {
      /** @enum {string} */
      type: 'text' | 'diff' | 'terminal';
      /** @description Of a text. */
      text?: string;
      /** @description Of a diff. */
      path?: string;
      /** @description Of a diff; null for a new file. */
      oldText?: string | null;
      /** @description Of a diff. */
      newText?: string;
      /** @description Of a terminal. */
      terminalId?: string;
    };
    ToolCallDto: {
      toolCallId: string;
      title: string;
      /** @description The agent's word for it: read, edit, execute … */
      kind: string;
      /** @enum {string} */
      status: 'pending' | 'in_progress' | 'completed' | 'failed';
      locations: components['schemas']['ToolLocationDto'][];
      content: components['schemas']['ToolContentDto'][];
    };
    ToolCallEntryDto: {
      /**
       * @description Entries rise by it; resume after it.
       * @example 4711
       */
      position: string;
      /** Format: date-time */
      at: string;
      /** @enum {string} */
      kind: 'tool_call';
      /** @description The whole call as it is now: replaces the one of that id. */
      toolCall: components['schemas']['ToolCallDto'];
    };
    PlanStepDto: {
      content: string;
      /** @enum {string} */
      status: 'pending' | 'in_progress' | 'completed';
    };
    PlanEntryDto: {
      /**
       * @description Entries rise by it; resume after it.
       * @example 4711
       */
      position: string;
      /** Format: date-time */
      at: string;
      /** @enum {string} */
      kind: 'plan';
      /** @description The whole plan as it is now. */
      entries: components['schemas']['PlanStepDto'][];
    };
    PermissionEntryDto: {
      /**
       * @description Entries rise by it; resume after it.
       * @example 4711
       */
      position: string;
      /** Format: date-time */
      at: string;
      /** @enum {string} */
      kind: 'permission';
      /** Format: uuid */
      permissionId: string;
      /** @enum {string} */
      state: 'pending' | 'answered' | 'cancelled';
      toolCallId?: string;
      /** @description Of a question. */
      title?: string;
      /** @description Of a question. */
      options?: components['schemas']['PermissionOptionDto'][];
      /** @description Of a question: whether it is about changing files. */
      isEdit?: boolean;
      /** Format: date-time */
      deadline?: string;
      /** @description Of an answer: the option that was chosen. */
      answer?: string;
      /** @description Of an answer: a person, the policy, a deadline, a cancel. */
      by?: string;
    };
    ModeEntryDto: {
      /**
       * @description Entries rise by it; resume after it.
       * @example 4711
       */
      position: string;
      /** Format: date-time */
      at: string;
      /** @enum {string} */
      kind: 'mode';
      modeId?: string;
      modes?: components['schemas']['ChoiceDto'][];
      model?: string;
      models?: components['schemas']['ChoiceDto'][];
    };
    UsageEntryDto: {
      /**
       * @description Entries rise by it; resume after it.
       * @example 4711
       */
      position: string;
      /** Format: date-time */
      at: string;
      /** @enum {string} */
      kind: 'usage';
      usage: components['schemas']['UsageDto'];
    };
    TurnFailureDto: {
      code?: number;
      message: string;
    };
    TurnEndedEntryDto: {
      /**
       * @description Entries rise by it; resume after it.
       * @example 4711
       */
      position: string;
      /** Format: date-time */
      at: string;
      /** @enum {string} */
      kind: 'turn_ended';
      /** Format: uuid */
      promptId: string;
      /** @description end_turn, cancelled, failed, lost, or another word of the agent. */
      stopReason: string;
      failure?: components['schemas']['TurnFailureDto'];
      usage?: components['schemas']['UsageDto'];
    };
    /** @enum {string} */
    NoticeCode:
      | 'prompt_unsure'
      | 'cancel_requested'
      | 'settings_changed'
      | 'setting_refused'
      | 'agent_resumed'
      | 'agent_lost'
      | 'request_unserved'
      | 'transcript_gap'
      | 'session_ended'
      | 'session_erased'
      | 'unreadable';
    NoticeEntryDto: {
      /**
       * @description Entries rise by it; resume after it.
       * @example 4711
       */
      position: string;
      /** Format: date-time */
      at: string;
      /** @enum {string} */
      kind: 'notice';
      code: components['schemas']['NoticeCode'];
      /** @description For people. */
      text: string;
      promptId?: string;
      by?: string;
      /** @enum {string} */
      how?: 'new' | 'load' | 'resume' | 'anew';
      /** @description What the agent asked for in vain. */
      method?: string;
      /** @description How many of the agent's events are missing. */
      missing?: number;
      permissionPolicy?: components['schemas']['PermissionPolicy'];
      modeId?: string;
      model?: string;
    };
    TranscriptPageDto: {
      items: (
        | components['schemas']['PromptEntryDto']
        | components['schemas']['TextEntryDto']
        | components['schemas']['ToolCallEntryDto']
        | components['schemas']['PlanEntryDto']
        | components['schemas']['PermissionEntryDto']
        | components['schemas']['ModeEntryDto']
        | components['schemas']['UsageEntryDto']
        | components['schemas']['TurnEndedEntryDto']
        | components['schemas']['NoticeEntryDto']
      )[];
      /** @description Give it as `after`; null when there is no more. */
      next: string | null;
      /** @description Where `before` was given: give it as `before`; null when there is nothing before. */
      previous?: string | null;
      /** @description What it is doing now. */
      activity: components['schemas']['Activity'] | null;
    };
    ProjectDto: {
      /** Format: uuid */
      projectId: string;
      workspaceId: string;
      repoRemote: string;
      taskCount: number;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      lastActivityAt: string;
    };
    ProjectPageDto: {
      items: components['schemas']['ProjectDto'][];
      /** @description The cursor of the next page; null on the last one. */
      next: string | null;
    };
    StageDurationDto: {
      providerId: string;
      stage: components['schemas']['Stage'];
      /** @description How many of the last stages this is taken from. */
      count: number;
      /** @description Half of them took no longer, in milliseconds. */
      p50Ms: number;
      /** @description Nine in ten took no longer, in milliseconds. */
      p90Ms: number;
    };
    StageDurationsDto: {
      items: components['schemas']['StageDurationDto'][];
    };
    AuthorDto: {
      /** @example Acme Bot */
      name: string;
      /** @example bot@acme.example */
      email: string;
    };
    ProjectSettingsDto: {
      setup: string | null;
      /** @description The names of its variables; their values are not shown. */
      env: string[];
      agentType: string | null;
      permissionPolicy: components['schemas']['PermissionPolicy'] | null;
      commitAuthor: components['schemas']['AuthorDto'] | null;
      submodules: boolean | null;
      idleStopAfter: number | null;
      maxAge: number | null;
    };
    ProjectWithSettingsDto: {
      /** Format: uuid */
      projectId: string;
      workspaceId: string;
      repoRemote: string;
      taskCount: number;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      lastActivityAt: string;
      settings: components['schemas']['ProjectSettingsDto'];
    };
    ChangeProjectDto: {
      /**
       * @description Commands for /bin/sh, run in the checkout before the agent starts, of tasks that bring none. `null` clears it.
       * @example npm ci
       */
      setup?: string | null;
      /**
       * @description Variables for setup and agent, inside of the sandbox only: those that are named are set, or removed with `null`; `null` in place of all removes all. Stored encrypted, shown by name only. At most 64, 32768 bytes in all.
       * @example {
       *       "NPM_CONFIG_REGISTRY": "https://npm.acme.example/",
       *       "OLD_ONE": null
       *     }
       */
      env?: {
        [key: string]: string | null;
      } | null;
      /**
       * @description `null` clears it.
       * @example claude
       */
      agentType?: string | null;
      /** @description How the agent's questions are answered in a task's first session. `null` clears it. */
      permissionPolicy?: components['schemas']['PermissionPolicy'] | null;
      /** @description Who commits what an agent has left uncommitted when it is pushed; SLIPWAY_COMMIT_AUTHOR when it is not set. `null` clears it. */
      commitAuthor?: components['schemas']['AuthorDto'] | null;
      /** @description Whether submodules are fetched; SLIPWAY_SUBMODULES when it is not set. `null` clears it. */
      submodules?: boolean | null;
      /** @description Seconds without activity after which a sandbox stops; 0: never. `null` clears it. */
      idleStopAfter?: number | null;
      /** @description Seconds that a sandbox goes on at most, whatever happens in it; 0: any number. `null` clears it. */
      maxAge?: number | null;
    };
    KeptWorkDto: {
      /** Format: uuid */
      taskId: string;
      /** @description All of them. */
      refs: components['schemas']['KeptRefDto'][];
      /**
       * Format: date-time
       * @description When it was kept.
       */
      at: string;
    };
    KeptWorkListDto: {
      items: components['schemas']['KeptWorkDto'][];
    };
  };
  responses: {
    /** @description Where that is asked, it is not known who asks. */
    NotAuthenticated: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['ProblemDto'];
      };
    };
    /** @description Whoever asks may not do this. */
    NotPermitted: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['ProblemDto'];
      };
    };
    /** @description Too often, or more than there may be just now. */
    TooMany: {
      headers: {
        /** @description Seconds. */
        'Retry-After'?: number;
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['ProblemDto'];
      };
    };
  };
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  TaskReadsController_list: {
    parameters: {
      query?: {
        workspaceId?: string;
        /** @description One or more, separated by commas. */
        status?: components['schemas']['TaskStatus'][];
        /** @description What the most urgent of a task's sessions is doing: one or more, separated by commas. */
        activity?: components['schemas']['Activity'][];
        /** @description Only tasks in which nothing goes on without somebody, or only the others. */
        needsYou?: boolean;
        projectId?: string;
        /** @description Text in the title, the branch, the repository, the beginning of the prompt or the id. Case makes no difference. */
        q?: string;
        /** @description Whose agent was asked for at the create: one or more types, separated by commas. */
        agentType?: string[];
        /** @description Created then or later. */
        createdFrom?: string;
        /** @description Created then or earlier. */
        createdUntil?: string;
        /** @description Waits (at most 5 s, then 503) until the rows are at least this far: give the position of what you wrote and read your own writes on any replica. */
        minPosition?: string;
        limit?: number;
        /** @description The `next` of an earlier page. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TaskPageDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  TasksController_create: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 200 visible ASCII characters. The same key with the same body is the same request. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateTaskDto'];
      };
    };
    responses: {
      /** @description The task that an earlier request with this key created. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TaskDto'];
        };
      };
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TaskDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      /** @description The key was used for another request, or the agent type is not allowed here. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description The event store is away; see Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  TasksController_retry: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TaskDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description The event store is away; see Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  TasksController_archive: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['KillTaskDto'];
      };
    };
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TaskDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description The event store is away; see Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  TasksController_resume: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TaskDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description The event store is away; see Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  TasksController_kill: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['KillTaskDto'];
      };
    };
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TaskDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      /** @description There is work on no remote: see `work`. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description The event store is away; see Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  TasksController_erase: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TaskDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      /** @description It is not killed, or was created without a key. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description The event store is away; see Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  TaskReadsController_sessions: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SessionListDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  TasksController_requestSession: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 200 visible ASCII characters. The same key with the same body is the same request. */
        'Idempotency-Key'?: string;
      };
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['RequestSessionDto'];
      };
    };
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SessionDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      /** @description The agent type is not allowed here. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description The event store is away; see Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  ProvidersController_list: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProviderListDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
    };
  };
  SessionMessagesController_read: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
        sessionId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SessionTranscriptDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      429: components['responses']['TooMany'];
    };
  };
  SessionsController_show: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
        sessionId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SessionDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
    };
  };
  SessionsController_change: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
        sessionId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SessionSettingsDto'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SessionDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
    };
  };
  SessionsController_prompts: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
        sessionId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PromptListDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
    };
  };
  SessionsController_queue: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 200 visible ASCII characters. The same key with the same body is the same request. */
        'Idempotency-Key'?: string;
      };
      path: {
        taskId: string;
        sessionId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['QueuePromptDto'];
      };
    };
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PromptDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      /** @description The key was used for another text. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
    };
  };
  SessionsController_withdraw: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
        sessionId: string;
        promptId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PromptDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
    };
  };
  SessionsController_resend: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
        sessionId: string;
        promptId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PromptDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
    };
  };
  SessionsController_cancel: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
        sessionId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SessionDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
    };
  };
  SessionsController_permissions: {
    parameters: {
      query?: {
        /** @description Only what waits for an answer. */
        state?: 'pending';
      };
      header?: never;
      path: {
        taskId: string;
        sessionId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PermissionListDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
    };
  };
  SessionsController_answer: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
        sessionId: string;
        permissionId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['AnswerPermissionDto'];
      };
    };
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PermissionDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
    };
  };
  ActionsController_push: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 200 visible ASCII characters. The same key with the same body is the same request. */
        'Idempotency-Key'?: string;
      };
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['RequestPushDto'];
      };
    };
    responses: {
      /** @description The action; the one that is under way, if there is one of the kind. It is carried out behind. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ActionDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description The event store is away; see Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  ActionsController_pullRequest: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 200 visible ASCII characters. The same key with the same body is the same request. */
        'Idempotency-Key'?: string;
      };
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['RequestPullRequestDto'];
      };
    };
    responses: {
      /** @description The action; the one that is under way, if there is one of the kind. It is carried out behind. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ActionDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description The event store is away; see Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  ActionsController_refresh: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The task, with the pull request as it is. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TaskDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description The event store is away; see Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  ActionsController_actions: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ActionListDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description The event store is away; see Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  ChangesController_changes: {
    parameters: {
      query?: {
        /** @description A position or an ISO 8601 time: as they had been seen by then. */
        at?: string;
        /** @description Waits (at most 5 s, then 503) until the rows are at least this far: give the position of what you wrote and read your own writes on any replica. */
        minPosition?: string;
      };
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChangesAnswerDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      /** @description There is no checkout (yet, or any more), or it cannot be read. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      /** @description The provider keeps no checkouts on this machine. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  ChangesController_refresh: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TaskDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      /** @description There is no checkout (yet, or any more), or it cannot be read. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      /** @description The provider keeps no checkouts on this machine. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  ChangesController_diff: {
    parameters: {
      query?: {
        /** @description One file alone; all of them when absent. */
        path?: string;
        /** @description Where that file was before it was renamed. */
        oldPath?: string;
      };
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/x-diff': string;
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      /** @description There is no checkout (yet, or any more), or it cannot be read. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      /** @description The provider keeps no checkouts on this machine. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  ChangesController_files: {
    parameters: {
      query?: {
        /** @description A folder; the checkout's own when absent. */
        path?: string;
      };
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['FolderListDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      /** @description There is no checkout (yet, or any more), or it cannot be read. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      /** @description The provider keeps no checkouts on this machine. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  ChangesController_content: {
    parameters: {
      query: {
        /** @description A file. */
        path: string;
      };
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['FileContentDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      /** @description There is no checkout (yet, or any more), or it cannot be read. */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      /** @description The provider keeps no checkouts on this machine. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  CredentialsController_list: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        workspaceId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CredentialListDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  CredentialsController_get: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        workspaceId: string;
        host: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CredentialListDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  CredentialsController_put: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        workspaceId: string;
        host: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PutCredentialDto'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CredentialDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  CredentialsController_delete: {
    parameters: {
      query?: {
        /** @description Only that kind. */
        kind?: components['schemas']['CredentialKind'];
      };
      header?: never;
      path: {
        workspaceId: string;
        host: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  WebhooksController_list: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        workspaceId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookListDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  WebhooksController_create: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        workspaceId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateWebhookDto'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedWebhookDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  WebhooksController_get: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        workspaceId: string;
        webhookId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  WebhooksController_delete: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        workspaceId: string;
        webhookId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  WebhooksController_change: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        workspaceId: string;
        webhookId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ChangeWebhookDto'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  WebhooksController_replay: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        workspaceId: string;
        webhookId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ReplayWebhookDto'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  WebhooksController_test: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        workspaceId: string;
        webhookId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DeliveryDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  WebhooksController_deliveries: {
    parameters: {
      query?: {
        limit?: number;
      };
      header?: never;
      path: {
        workspaceId: string;
        webhookId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DeliveryListDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  TokensController_me: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CallerDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
    };
  };
  TokensController_list: {
    parameters: {
      query?: {
        /** @description A workspace, or `*` for all. The caller's own when absent. */
        workspaceId?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokenListDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
    };
  };
  TokensController_create: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateTokenDto'];
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedTokenDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
    };
  };
  TokensController_revoke: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        tokenId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokenDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
    };
  };
  TokensController_ticket: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LiveTicketDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
    };
  };
  LoginsController_list: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LoginListDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
    };
  };
  LoginsController_end: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        loginId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LoginDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
    };
  };
  WorkspaceListController_list: {
    parameters: {
      query?: {
        limit?: number;
        /** @description The `next` of an earlier page. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WorkspacePageDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  WorkspacesController_show: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        workspaceId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WorkspaceDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  WorkspacesController_change: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        workspaceId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ChangeWorkspaceDto'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WorkspaceDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  WorkspacesController_usage: {
    parameters: {
      query?: {
        days?: number;
      };
      header?: never;
      path: {
        workspaceId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WorkspaceUsageDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  AuditController_list: {
    parameters: {
      query?: {
        /** @description Only what was done in it; without it, all that the caller may see. */
        workspaceId?: string;
        /** @description Who: `user:…`, `token:<id>`, `api` and `cli` where nobody is asked, `nobody` for what came without anything by which somebody is known, `several` for refusals beyond those that are told one by one. What the service does by itself (`saga`, `session`, `changes`, `watch`, `admissions`, `webhooks`) only by that name. */
        actor?: string;
        /** @description The event's type, such as `KillRequested`; refusals are `RequestRefused`. */
        action?: string;
        /** @description With which token. */
        tokenId?: string;
        /** @description From which address. */
        address?: string;
        /** @description The id of the task, session, project, token, log-in, webhook or workspace that it was done to. */
        subject?: string;
        /** @description Not earlier than that. */
        from?: string;
        /** @description Not later than that. */
        until?: string;
        /** @description Only what was refused, or only what was not. */
        refused?: boolean;
        /** @description Oldest first: what was done after this position (0 for the beginning). Not both `after` and `before`. */
        after?: string;
        /** @description Newest first, which is the order without either: what was done before this position. Not both `after` and `before`. */
        before?: string;
        limit?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditPageDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  SetupController_output: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SetupOutputDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  LogsController_read: {
    parameters: {
      query?: {
        /** @description `agent`: what agents write on standard error; `setup`: what the setup puts out; `sandbox`: all that the agent server puts out. */
        source?: components['schemas']['LogSource'];
        /** @description Only what comes after this place: the `next` of an earlier page of this log. */
        after?: string;
      };
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LogPageDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  TaskReadsController_counts: {
    parameters: {
      query?: {
        workspaceId?: string;
        /** @description One or more, separated by commas. */
        status?: components['schemas']['TaskStatus'][];
        /** @description What the most urgent of a task's sessions is doing: one or more, separated by commas. */
        activity?: components['schemas']['Activity'][];
        /** @description Only tasks in which nothing goes on without somebody, or only the others. */
        needsYou?: boolean;
        projectId?: string;
        /** @description Text in the title, the branch, the repository, the beginning of the prompt or the id. Case makes no difference. */
        q?: string;
        /** @description Whose agent was asked for at the create: one or more types, separated by commas. */
        agentType?: string[];
        /** @description Created then or later. */
        createdFrom?: string;
        /** @description Created then or earlier. */
        createdUntil?: string;
        /** @description Waits (at most 5 s, then 503) until the rows are at least this far: give the position of what you wrote and read your own writes on any replica. */
        minPosition?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TaskCountsDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  TaskReadsController_get: {
    parameters: {
      query?: {
        /** @description A position or an ISO 8601 time: the record as it was then. */
        at?: string;
        /** @description Waits (at most 5 s, then 503) until the rows are at least this far: give the position of what you wrote and read your own writes on any replica. */
        minPosition?: string;
      };
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TaskDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  TaskReadsController_history: {
    parameters: {
      query?: {
        /** @description Only what happened after this position: the `next` of an earlier page, or any position. */
        after?: string;
        limit?: number;
        /** @description Waits (at most 5 s, then 503) until the rows are at least this far: give the position of what you wrote and read your own writes on any replica. */
        minPosition?: string;
      };
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['HistoryPageDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  TranscriptController_transcript: {
    parameters: {
      query?: {
        /** @description Only what came after this position: the `next` of an earlier page, or that of any entry. */
        after?: string;
        /** @description Only what came before this position, the last of it, in rising position: the `previous` of an earlier page, or `end`. */
        before?: string;
        limit?: number;
        /** @description Waits (at most 5 s, then 503) until the rows are at least this far: give the position of what you wrote and read your own writes on any replica. */
        minPosition?: string;
      };
      header?: never;
      path: {
        taskId: string;
        sessionId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TranscriptPageDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  ProjectReadsController_projects: {
    parameters: {
      query?: {
        workspaceId?: string;
        limit?: number;
        /** @description The `next` of an earlier page. */
        cursor?: string;
        /** @description Waits (at most 5 s, then 503) until the rows are at least this far: give the position of what you wrote and read your own writes on any replica. */
        minPosition?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProjectPageDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  ProjectReadsController_stageDurations: {
    parameters: {
      query?: {
        /** @description Of this provider only. */
        providerId?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['StageDurationsDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  ProjectsController_get: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        projectId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProjectWithSettingsDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  ProjectsController_change: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        projectId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ChangeProjectDto'];
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProjectWithSettingsDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  KeptController_list: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        projectId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KeptWorkListDto'];
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  KeptController_bundle: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/x-git-bundle': string;
        };
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/x-git-bundle': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  KeptController_delete: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        taskId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      401: components['responses']['NotAuthenticated'];
      403: components['responses']['NotPermitted'];
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
      429: components['responses']['TooMany'];
      /** @description See Retry-After. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
}
