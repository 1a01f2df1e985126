/*
 * Every failure that has a word for programs: the one table from which the HTTP status, whether another attempt may
 * help, the page's and the CLI's advice, the API document and docs/failure-codes.md follow. Codes are part of the API
 * and of stored events: add one freely, never take one away or change what it means. It imports nothing, so that the
 * page can use it as it is.
 */

interface Facts {
  /** What has happened, in a few words for people. */
  readonly title: string;
  /** What a person can do about it. */
  readonly advice: string;
  /** Whether the same thing, tried again without a change, may succeed. */
  readonly retryable: boolean;
  /** The status of an answer that carries the code; 503 or 502 (retryable or not) when it only comes up behind the API. */
  readonly status?: number;
}

const NEW_TASK = 'A task keeps what it was created with: for another one, create a new task.';

const TABLE = {
  // The request.
  invalid_request: {
    title: 'The request is not valid',
    advice: 'Change the fields that `errors` names.',
    retryable: false,
    status: 400,
  },
  invalid_id: {
    title: 'An id in the path is none',
    advice: 'Give the id as records give it.',
    retryable: false,
    status: 400,
  },
  invalid_at: {
    title: '`at` is neither a position nor a time',
    advice: 'Give a position from a record or an ISO 8601 time.',
    retryable: false,
    status: 400,
  },
  invalid_cursor: {
    title: 'The cursor is none',
    advice: 'Give the `next` of an earlier page, or none for the first page.',
    retryable: false,
    status: 400,
  },
  malformed_body: {
    title: 'The body is not JSON that can be read',
    advice: 'Send one JSON object, with few levels and not too many keys.',
    retryable: false,
    status: 400,
  },
  malformed_url: {
    title: 'The address cannot be read',
    advice: 'Encode it as UTF-8, with "%" only before two hexadecimal digits.',
    retryable: false,
    status: 400,
  },
  body_too_large: {
    title: 'The body is too large',
    advice: 'Send less; the answer names the limit.',
    retryable: false,
    status: 413,
  },
  unsupported_media_type: {
    title: 'The body is of a type that is not read',
    advice: 'Send JSON with Content-Type: application/json.',
    retryable: false,
    status: 415,
  },
  cross_site_request: {
    title: 'A page of another site asked',
    advice: 'Use the page that the service itself serves, or name the other one in SLIPWAY_CORS_ORIGINS.',
    retryable: false,
    status: 403,
  },
  misdirected_request: {
    title: 'The request is for another host',
    advice: 'Use an address of the service, or name this one in SLIPWAY_HOSTS.',
    retryable: false,
    status: 421,
  },
  not_from_proxy: {
    title: 'The request did not come through the proxy',
    advice: 'Ask the proxy that authenticates, or name its address in SLIPWAY_TRUST_PROXY.',
    retryable: false,
    status: 403,
  },
  not_authenticated: {
    title: 'It is not known who asks',
    advice:
      'Send a token that holds (Authorization: Bearer slw_…; SLIPWAY_TOKEN for the command line), or log in on the page.',
    retryable: false,
    status: 401,
  },
  not_permitted: {
    title: 'The caller may not do this',
    advice: 'Ask somebody with the role that the answer names, or use a token that has it.',
    retryable: false,
    status: 403,
  },
  too_many_requests: {
    title: 'This client asks too often',
    advice:
      'Wait as long as `Retry-After` says, and ask less often; `SLIPWAY_CLIENT_REQUESTS_PER_S` is the limit.',
    retryable: true,
    status: 429,
  },
  too_many_wrong_tokens: {
    title: 'Too many wrong tokens came from this address',
    advice: 'Wait as long as `Retry-After` says, and send a token that holds: one is let in at once.',
    retryable: true,
    status: 429,
  },
  too_many_creates: {
    title: 'The workspace creates too many tasks in a minute',
    advice:
      'Wait as long as `Retry-After` says, or have an admin raise the limit: `slipway workspaces limit`.',
    retryable: true,
    status: 429,
  },
  workspace_full: {
    title: 'The workspace has as much as it may have',
    advice: 'End something first, or have an admin raise the limit: `slipway workspaces limit`.',
    retryable: true,
    status: 429,
  },
  workspace_not_found: {
    title: 'There is no such workspace for this caller',
    advice: 'Name the workspace of your token, or none.',
    retryable: false,
    status: 404,
  },
  project_not_found: {
    title: 'There is no such project',
    advice: 'GET /v1/projects lists those of a workspace; the first task of a repository makes its project.',
    retryable: false,
    status: 404,
  },
  token_not_found: {
    title: 'There is no such token',
    advice: 'GET /v1/tokens lists those of the workspace.',
    retryable: false,
    status: 404,
  },
  webhook_not_found: {
    title: 'There is no such webhook',
    advice: 'GET /v1/workspaces/{workspaceId}/webhooks lists those of the workspace.',
    retryable: false,
    status: 404,
  },
  too_many_webhooks: {
    title: 'The workspace has as many webhooks as it may',
    advice: 'Delete one that is not needed; one webhook may be told of several types of events.',
    retryable: false,
    status: 409,
  },
  login_not_found: {
    title: 'There is no such log-in',
    advice: 'GET /v1/logins lists those that are open.',
    retryable: false,
    status: 404,
  },
  login_expired: {
    title: 'The log-in took too long, or was begun elsewhere',
    advice: 'Log in again, in this window.',
    retryable: true,
    status: 401,
  },
  login_refused: {
    title: 'The log-in was refused',
    advice: 'Log in again; if it stays, the log of the service has the words of the provider.',
    retryable: true,
    status: 401,
  },
  login_not_permitted: {
    title: 'The log-in succeeded, and lets nobody in here',
    advice:
      'Log in as somebody else, or ask whoever runs the service for a place in one of its groups (SLIPWAY_OIDC_ROLE_MAP).',
    retryable: false,
    status: 403,
  },
  login_provider_away: {
    title: 'The provider of log-ins does not answer',
    advice: 'Try again in a moment. Whoever has a token can use that meanwhile.',
    retryable: true,
    status: 503,
  },
  idempotency_key_reused: {
    title: 'The key was used for another request',
    advice: 'Use a new Idempotency-Key for a new request.',
    retryable: false,
    status: 422,
  },

  not_found: {
    title: 'There is nothing at this address',
    advice: '/docs lists what there is.',
    retryable: false,
    status: 404,
  },

  // The task as it is.
  task_not_found: {
    title: 'There is no such task',
    advice: 'Check the id.',
    retryable: false,
    status: 404,
  },
  session_not_found: {
    title: 'There is no such session',
    advice: 'Check the id; GET …/sessions lists those of the task.',
    retryable: false,
    status: 404,
  },
  task_exists: { title: 'The task exists already', advice: 'Read it.', retryable: false, status: 409 },
  not_retryable: {
    title: 'Nothing has failed',
    advice: 'Only a task in error can be retried.',
    retryable: false,
    status: 409,
  },
  not_archivable: {
    title: 'What was killed cannot be archived',
    advice: 'Nothing is left of it; create a new task.',
    retryable: false,
    status: 409,
  },
  not_resumable: {
    title: 'Only an archived task can be resumed',
    advice: 'Retry one in error; wait until one that is being archived is archived; what was killed is gone.',
    retryable: false,
    status: 409,
  },
  not_pushable: {
    title: 'There is nothing that could be pushed',
    advice: 'Wait until the task has a sandbox. A provider whose sandboxes are elsewhere pushes by itself.',
    retryable: false,
    status: 409,
  },
  no_pull_request: {
    title: 'The task has no pull request',
    advice: 'Open one first: POST /v1/tasks/{taskId}/pull-request, or slipway pr.',
    retryable: false,
    status: 409,
  },
  unpushed_work: {
    title: 'There is work that is on no remote',
    advice: 'Push it first, keep it with `keepBranch: true`, or give it up with `discardChanges: true`.',
    retryable: false,
    status: 409,
  },
  kept_not_found: {
    title: 'Nothing is kept of that task',
    advice: 'List what is kept: slipway kept list.',
    retryable: false,
    status: 404,
  },
  task_not_killed: {
    title: 'The task is not killed',
    advice: 'Kill it first: only what nobody works on any more can be erased.',
    retryable: false,
    status: 409,
  },
  task_not_sealed: {
    title: 'The task was created without a key of its own',
    advice: 'What it says cannot be erased: its texts are in the log in clear. See docs/operations.md.',
    retryable: false,
    status: 409,
  },
  task_is_over: {
    title: 'The task is over',
    advice: 'Resume it if it is archived; else create a new task.',
    retryable: false,
    status: 409,
  },
  too_many_sessions: {
    title: 'The task has as many sessions as a task can have',
    advice: 'Create another task.',
    retryable: false,
    status: 409,
  },
  session_is_over: {
    title: 'The session is over',
    advice: 'Ask for a further session, or create another task; what was said stays readable.',
    retryable: false,
    status: 409,
  },
  prompt_not_found: {
    title: 'There is no such prompt',
    advice: 'Check the id; GET …/prompts lists those of the session.',
    retryable: false,
    status: 404,
  },
  prompt_not_queued: {
    title: 'The prompt does not wait any more',
    advice: 'Only a prompt that waits can be withdrawn; cancel the turn to stop the agent.',
    retryable: false,
    status: 409,
  },
  prompt_not_unsure: {
    title: 'The prompt needs no decision',
    advice: 'Only a prompt that is unsure can be sent again; queue another one.',
    retryable: false,
    status: 409,
  },
  too_many_prompts: {
    title: 'As many prompts wait as can wait',
    advice: 'Withdraw some, or wait until the agent has worked on them.',
    retryable: false,
    status: 409,
  },
  permission_not_found: {
    title: 'There is no such question',
    advice: 'GET …/permissions lists what the agent asks.',
    retryable: false,
    status: 404,
  },
  permission_answered: {
    title: 'The question has been answered already',
    advice: 'The first answer holds; the transcript tells which.',
    retryable: false,
    status: 409,
  },
  unknown_option: {
    title: 'The agent does not offer this option',
    advice: 'Choose one of the options that the question lists.',
    retryable: false,
    status: 400,
  },
  unknown_choice: {
    title: 'The agent does not offer this mode or model',
    advice: 'Choose one of the modes and models that the session lists.',
    retryable: false,
    status: 400,
  },

  // The stores.
  event_store_unavailable: {
    title: 'The event store is away',
    advice: 'Repeat the request, with the same Idempotency-Key if it had one.',
    retryable: true,
    status: 503,
  },
  event_store_refused: {
    title: 'The event store refused',
    advice: 'Look at the disk and the log of the event store, then repeat the request.',
    retryable: true,
    status: 503,
  },
  task_too_busy: {
    title: 'Too many others are changing this task',
    advice: 'Repeat the request.',
    retryable: true,
    status: 503,
  },
  rows_unavailable: {
    title: 'The rows are away',
    advice: 'Repeat the request later; single tasks can be read meanwhile.',
    retryable: true,
    status: 503,
  },
  rows_slow: {
    title: 'The question took too long',
    advice: 'Ask for less (a status, a project, a longer search text), or repeat the request later.',
    retryable: true,
    status: 503,
  },
  rows_rebuilding: {
    title: 'The rows are being rebuilt',
    advice: 'Repeat the request later; tasks are created, and single ones read, meanwhile.',
    retryable: true,
    status: 503,
  },
  rows_behind: {
    title: 'The rows are not that far yet',
    advice: 'Repeat the request, or leave minPosition out.',
    retryable: true,
    status: 503,
  },
  undecodable_event: {
    title: 'The task cannot be read',
    advice: 'Run a version that knows these events: `slipway streams show` shows them as they are.',
    retryable: false,
    status: 500,
  },

  // Names and branches.
  branch_taken: {
    title: 'The branch is taken',
    advice: 'Create a new task with another branch name, or with none: Slipway then finds one that is free.',
    retryable: false,
  },
  branch_not_found: {
    title: 'The branch to start from does not exist',
    advice: 'Create it in the repository and retry, or create a new task.',
    retryable: false,
  },
  bad_branch: {
    title: 'The branch name is not allowed',
    advice: `Create a new task with another branch name. ${NEW_TASK}`,
    retryable: false,
    status: 422,
  },
  branch_not_kept: {
    title: 'The branch cannot be kept',
    advice: 'Save what is needed from the checkout by hand, then kill the task without keeping the branch.',
    retryable: false,
  },
  sandbox_damaged: {
    title: "The sandbox's folders are not as they were made",
    advice: 'Save what is needed from the checkout by hand, then kill the task and create a new one.',
    retryable: false,
  },
  setup_failed: {
    title: 'The setup of the sandbox failed',
    advice:
      'The record has the end of its output. Mend what it names, then retry: it is run again. For other commands, create a new task.',
    retryable: false,
  },
  env_deleted: {
    title: "The project's variables that the task has are deleted",
    advice: 'Set them again and create a new task; keep or push what is in this one.',
    retryable: false,
  },
  setup_unsupported: {
    title: 'The provider runs no setup',
    advice: 'Kill the task and create one without a setup, or with another provider.',
    retryable: false,
  },
  sandbox_not_removed: {
    title: 'The sandbox cannot be removed',
    advice: 'Make removable what the reason names (unmount it, say), then retry.',
    retryable: true,
  },
  temp_unavailable: {
    title: 'There is no folder for temporary files',
    advice: 'Look at the temporary folder of the machine that runs the service, then retry.',
    retryable: true,
  },

  // The repository.
  repository_not_found: {
    title: 'There is no such repository',
    advice: `Check its spelling and that this machine may read it. ${NEW_TASK}`,
    retryable: false,
  },
  repository_owned_by_other: {
    title: 'The repository belongs to another user',
    advice: 'Run Slipway as the user whom the repository belongs to, or use its https or ssh address.',
    retryable: false,
  },
  repository_unsupported: {
    title: 'The repository is of a kind that is not supported',
    advice: `Use a complete repository. ${NEW_TASK}`,
    retryable: false,
  },
  host_not_found: {
    title: 'The host cannot be found',
    advice: 'Check the spelling of the host and the network of this machine, then retry.',
    retryable: true,
  },
  name_service_failed: {
    title: 'The name of the host could not be looked up',
    advice: 'Check the network and the name service of the machine that runs the service, then retry.',
    retryable: true,
  },
  remote_untrusted: {
    title: 'The certificate of the repository is not trusted',
    advice:
      "Mend the server's certificate, or have the user that Slipway runs as trust its issuer (SSL_CERT_FILE), then retry.",
    retryable: false,
  },
  repository_too_large: {
    title: 'The repository is larger than a fetch may be',
    advice: 'Whoever runs the service can allow more (SLIPWAY_GIT_MOST_MIB); then retry.',
    retryable: false,
  },
  remote_unauthorized: {
    title: 'The repository may not be read without credentials',
    advice:
      'Check its spelling, and give the workspace a credential for the host (slipway credentials set), then retry.',
    retryable: false,
  },
  nothing_to_push: {
    title: 'There is nothing to push',
    advice: 'The branch has no commit of its own and no uncommitted work. Ask the agent for something first.',
    retryable: false,
  },
  push_not_fast_forward: {
    title: 'The branch on the remote has commits that the task has not',
    advice:
      'Have the agent merge them, or replace them with force: it goes through only while the branch is as it was seen then.',
    retryable: false,
  },
  push_rejected: {
    title: 'The remote did not take the push',
    advice:
      'The reason has its words (a protected branch, a hook, a rule). Mend what they name, then push again.',
    retryable: false,
  },
  hosting_unknown: {
    title: 'It is not known which host this is',
    advice:
      'Pull requests are opened on GitHub and GitLab. For one of your own, name it in SLIPWAY_GIT_HOSTS. The branch is pushed.',
    retryable: false,
  },
  hosting_refused: {
    title: 'The host refused the pull request',
    advice:
      'The reason has its words. Mend what they name (rights of the token, the base branch), then try again.',
    retryable: false,
  },
  hosting_unavailable: {
    title: 'The host does not answer as it should',
    advice: 'It is tried again by itself; later, ask again.',
    retryable: true,
  },
  credentials_refused: {
    title: 'The repository refused the credential',
    advice:
      'Give the workspace another one (slipway credentials set), with the rights that are needed, then try again.',
    retryable: false,
  },
  credentials_locked: {
    title: 'The credential was stored under another key',
    advice:
      'Give the service the key of then (SLIPWAY_SECRET_KEY, the same on every replica), or set the credential again (slipway credentials set).',
    retryable: false,
  },
  credentials_unavailable: {
    title: 'The credentials cannot be read now',
    advice: 'PostgreSQL, where they are kept, does not answer. It is tried again; or repeat it later.',
    retryable: true,
  },
  credentials_missing: {
    title: 'There is no credential for this host',
    advice: 'Give the workspace one: slipway credentials set.',
    retryable: false,
    status: 404,
  },
  remote_refused: {
    title: 'The address is not one that may be used',
    advice:
      'It is a private address or outside of the folders that are allowed. Whoever runs the service can allow it (SLIPWAY_ALLOW_PRIVATE_HOSTS, SLIPWAY_LOCAL_REPO_ROOTS); then retry.',
    retryable: false,
  },
  remote_redirects: {
    title: 'The repository has moved',
    advice: `Use the address that it redirects to. ${NEW_TASK}`,
    retryable: false,
  },
  remote_unreachable: {
    title: 'The repository does not answer',
    advice: 'Check that its server runs and can be reached from this machine, then retry.',
    retryable: true,
  },
  mirror_busy: {
    title: 'Somebody else is fetching the repository',
    advice: 'Retry in a minute.',
    retryable: true,
  },
  git_missing: {
    title: 'There is no git',
    advice: 'Install git on the machine that runs the service, then retry.',
    retryable: false,
  },
  git_too_old: {
    title: 'git is too old',
    advice: 'Install git 2.37 or later on the machine that runs the service, then retry.',
    retryable: false,
  },
  repository_damaged: {
    title: 'The repository is damaged',
    advice: 'Run git fsck in the repository itself and mend what it names, or use a whole copy; then retry.',
    retryable: false,
  },
  git_failed: {
    title: 'git failed',
    advice: 'The reason has the words of git. Mend what they name, then retry.',
    retryable: true,
  },

  // The sandbox.
  provider_missing: {
    title: 'The provider is not configured any more',
    advice: 'Add it to SLIPWAY_PROVIDERS, restart the service, then retry.',
    retryable: true,
  },
  platform_unsupported: {
    title: 'The provider does not run on this system',
    advice: `Use another provider, or run Slipway on Linux. ${NEW_TASK}`,
    retryable: false,
  },
  no_checkout_yet: {
    title: 'The task has no checkout yet',
    advice: 'Ask again when its sandbox is there.',
    retryable: true,
    status: 409,
  },
  checkout_gone: {
    title: 'The checkout was destroyed with its task',
    advice:
      'The last observation of its changes stays; work that was kept or pushed is where the record says.',
    retryable: false,
    status: 409,
  },
  checkout_not_here: {
    title: 'The provider keeps the checkout where Slipway cannot look',
    advice: 'Ask the agent for its changes, or use a provider that keeps checkouts on this machine (local).',
    retryable: false,
    status: 422,
  },
  checkout_unreadable: {
    title: 'The checkout is not one whose changes can be told',
    advice: 'Mend in the checkout what the reason names (its .git folder, say), then ask again.',
    retryable: false,
    status: 409,
  },
  changes_too_slow: {
    title: 'Looking at the changes took too long',
    advice: 'Ignore or remove what is large in the checkout (build output, say), then ask again.',
    retryable: true,
    status: 503,
  },
  path_not_found: {
    title: 'There is no such file or folder in the checkout',
    advice: 'Give a path as the list of its folder gives it; links are not followed and .git is not shown.',
    retryable: false,
    status: 404,
  },
  sandbox_missing: {
    title: 'The sandbox is gone',
    advice: 'Create a new task; the branch of this one may still hold work.',
    retryable: false,
  },
  processes_survive: {
    title: 'Processes of the sandbox cannot be ended',
    advice: 'End the processes that the reason names by hand, then retry.',
    retryable: true,
  },
  system_failed: {
    title: 'The system refused',
    advice: 'Look at the disk, the rights and the memory of the machine that runs the service, then retry.',
    retryable: true,
  },
  bad_task_id: { title: 'The task id is none', advice: 'Report this as a bug.', retryable: false },
  bad_session_id: { title: 'The session id is none', advice: 'Report this as a bug.', retryable: false },
  simulated_failure: {
    title: 'A failure that was asked for',
    advice: 'SLIPWAY_SIMULATED_FAILURES asks for it. Change it, restart the service, then retry.',
    retryable: true,
  },

  // The agent.
  agent_unknown: {
    title: 'There is no such agent',
    advice: `Use one of those that the reason names. ${NEW_TASK}`,
    retryable: false,
  },
  agent_not_allowed: {
    title: 'The agent is not allowed here',
    advice: `Whoever runs the service can allow it (SLIPWAY_AGENTS); then retry. ${NEW_TASK}`,
    retryable: false,
    status: 422,
  },
  agent_needs_login: {
    title: 'The agent is not logged in',
    advice:
      'Log the agent in on the machine that runs the service, or name the variable with its key in SLIPWAY_LOCAL_AGENT_ENV, then retry.',
    retryable: false,
  },
  agent_install_failed: {
    title: 'The agent could not be installed',
    advice: 'Look at the network and the disk of the machine that runs the service, then retry.',
    retryable: true,
  },
  agent_missing: {
    title: 'The agent is not installed in the sandbox',
    advice: 'Retry: it is installed again.',
    retryable: true,
  },
  agent_refused: {
    title: 'The agent refused',
    advice: 'The reason has the words of the agent. Mend what they name, then retry.',
    retryable: true,
  },
  agent_reply_invalid: {
    title: 'The agent answered something else than was asked',
    advice: 'Retry; if it stays, the version of the agent does not fit.',
    retryable: true,
  },
  agent_unreachable: {
    title: 'The agent does not answer',
    advice: 'Retry: the agent server is started again if it has ended.',
    retryable: true,
  },
  port_closed: {
    title: 'Nothing listens on the port in the sandbox',
    advice: 'Have the program started that is to listen there, and ask again.',
    retryable: true,
  },
  no_ports: {
    title: "The sandbox's ports cannot be told from the machine's",
    advice: `Use a provider whose sandboxes have a network of their own (docker). ${NEW_TASK}`,
    retryable: false,
  },
  agent_silent: {
    title: 'The agent runs and gives no answer',
    advice:
      'Retry; if it is slow by nature, raise SLIPWAY_STAGE_CREATE_SESSION_TIMEOUT_MS first; if it waits for a login or a network that it has not, give it those.',
    retryable: true,
  },
  agent_unhealthy: {
    title: 'The agent is not well',
    advice: 'Retry: the agent server is started again if it has ended.',
    retryable: true,
  },
  agent_died: {
    title: 'The agent has ended',
    advice: 'Ask for a further session to go on.',
    retryable: true,
  },
  agent_server_failed: {
    title: 'The agent server does not start',
    advice: 'The reason has its last words. Look at the memory and the ports of the machine, then retry.',
    retryable: true,
  },
  agent_server_missing: {
    title: 'There is no agent server for this system',
    advice: 'Run npm ci again, on a system that sandbox-agent supports, then retry.',
    retryable: false,
  },

  // The engine of containers.
  engine_unreachable: {
    title: 'The Docker engine does not answer',
    advice: 'Start it, or set DOCKER_HOST, then retry. Nothing is lost: sandboxes are found again.',
    retryable: true,
  },
  engine_failed: {
    title: 'The Docker engine could not do it',
    advice: "Look at the reason and at the engine's log, then retry.",
    retryable: true,
  },
  engine_unsupported: {
    title: 'The Docker engine is none for sandboxes',
    advice: 'It must run on the machine of the service, as root and without user namespaces of its own.',
    retryable: false,
  },
  image_missing: {
    title: 'The image for sandboxes is missing',
    advice: 'Build it with npm run image:sandbox, or name one in SLIPWAY_DOCKER_IMAGE, then retry.',
    retryable: false,
  },
  sandbox_name_taken: {
    title: "The container's name belongs to something else",
    advice: 'Remove or rename the container that the reason names, then retry.',
    retryable: false,
  },
  sandbox_disk_full: {
    title: 'The Docker engine has no room for the sandbox',
    advice: 'Free some of the disk of the engine, then retry.',
    retryable: true,
  },

  // Anything.
  timeout: {
    title: 'It took too long',
    advice:
      'Retry; if it is slow by nature, raise the time-out of its stage (SLIPWAY_STAGE_…_TIMEOUT_MS) first.',
    retryable: true,
  },
  poison_message: {
    title: 'Handling it ended the service several times',
    advice: 'Look at the log of the service, update it if there is a newer version, then retry.',
    retryable: true,
  },
  internal_error: {
    title: 'Something went wrong here',
    advice: 'The log of the service says what. It is a bug: report it, then retry.',
    retryable: true,
    status: 500,
  },
  unexpected: {
    title: 'Something unexpected',
    advice:
      'Retry goes on from the failed stage and finds what was made before. If the reason stays, archive or kill the task.',
    retryable: true,
    status: 500,
  },
} as const satisfies Record<string, Facts>;

/** A stable word for programs that says what has failed. */
export type FailureCode = keyof typeof TABLE;

/** What is known of each failure, by its code. */
export const FAILURES: Readonly<Record<FailureCode, Facts>> = TABLE;

export const FAILURE_CODES = Object.keys(TABLE) as FailureCode[];

/** The code as it is known here: one that a newer or foreign writer stored is `unexpected`. */
export const knownCode = (code: string): FailureCode =>
  Object.hasOwn(TABLE, code) ? (code as FailureCode) : 'unexpected';

/** The HTTP status of an answer that carries the code. */
export const statusOf = (code: FailureCode): number =>
  FAILURES[code].status ?? (FAILURES[code].retryable ? 503 : 502);
