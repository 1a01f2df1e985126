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
    /** Ask the agent something, at any time: prompts wait, and are sent one after the other. */
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
      | 'idempotency_key_reused'
      | 'not_found'
      | 'task_not_found'
      | 'session_not_found'
      | 'task_exists'
      | 'not_retryable'
      | 'not_archivable'
      | 'not_resumable'
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
      | 'agent_silent'
      | 'agent_unhealthy'
      | 'agent_died'
      | 'agent_server_failed'
      | 'agent_server_missing'
      | 'timeout'
      | 'poison_message'
      | 'internal_error'
      | 'unexpected';
    FieldProblemDto: {
      field: string;
      message: string;
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
      | 'killing'
      | 'killed';
    /**
     * @description The stage that is due, under way or failed.
     * @enum {string}
     */
    Stage:
      | 'ensure_name'
      | 'create_sandbox'
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
    SessionState: 'pending_provision' | 'pending_session_create' | 'ready' | 'error' | 'ended';
    /**
     * @description What it is doing; null until it works.
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
      /** @description What it is doing; null until it works. */
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
      /** @description Kept also when provisioning failed. */
      sandboxId: string | null;
      /** @description Where the checkout is, if it is on this machine. */
      sandboxPath: string | null;
      /** @description What people should know of the checkout (what is not in it, say), a sentence each. */
      notices: string[];
      /** @description Work that outlived the sandbox, where a kill was to keep it. */
      kept: components['schemas']['KeptDto'] | null;
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
    TaskPageDto: {
      items: components['schemas']['TaskDto'][];
      /** @description The cursor of the next page; null on the last one. */
      next: string | null;
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
      | 'agent_resumed'
      | 'agent_lost'
      | 'request_unserved'
      | 'transcript_gap'
      | 'session_ended'
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
  };
  responses: never;
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
      /** @description The key was used for another request, or the agent type is not allowed here. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
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
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
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
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
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
      404: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
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
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
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
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
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
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
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
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
    };
  };
  SessionsController_permissions: {
    parameters: {
      query?: {
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
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
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
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
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
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
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
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProblemDto'];
        };
      };
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
