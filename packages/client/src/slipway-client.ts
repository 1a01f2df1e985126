import { findWebSocket } from '#socket';
import { ChangeCalls } from './change-calls.js';
import { keyHeader, type ClientOptions, type CreateOptions } from './api-calls.js';
import { LiveConnection } from './live/live-connection.js';
import {
  watch,
  watchLog,
  watchSession,
  type LiveUpdate,
  type LogUpdate,
  type SessionUpdate,
  type WatchOptions,
} from './live/watch.js';
import { taskTopic, type Topic } from './live/topic.js';
import { PortConnection, type PortHandlers } from './port-connection.js';
import { Terminal, type TerminalHandlers, type TerminalSize } from './terminal.js';
import type { WebSocketClass } from './web-socket.js';
import type { CallOptions } from './rest.js';
import type {
  AccessToken,
  AuditEntry,
  AuditQuery,
  Caller,
  CreatedToken,
  NewToken,
  Login,
  HistoryItem,
  HistoryQuery,
  LogSource,
  NewTask,
  Page,
  Project,
  ProjectQuery,
  StageDuration,
  Providers,
  StageDurationQuery,
  TaskCountQuery,
  TaskCounts,
  TaskMoment,
  TaskQuery,
  TaskRecord,
} from './types.js';

/**
 * The service's API. Every call rejects with SlipwayError when the service says no, cannot be reached or does not answer
 * in time, and with the signal's reason when the caller aborts.
 */
export class SlipwayClient extends ChangeCalls {
  /** The one WebSocket of this client. It is opened when something is followed. */
  readonly live: LiveConnection;
  private readonly findClass: () => Promise<WebSocketClass>;

  /** @throws TypeError when the address is none */
  constructor(options: ClientOptions) {
    super(options);
    const { WebSocket } = options;
    this.findClass = WebSocket ? () => Promise.resolve(WebSocket) : findWebSocket;
    this.live = new LiveConnection(async () => (await this.socketAddress('/v1/live')).href, this.findClass);
  }

  /** Creates a task; resolves as soon as it is stored. With a key, repeating a lost request makes no second task. */
  createTask(task: NewTask, { idempotencyKey, ...options }: CreateOptions = {}): Promise<TaskRecord> {
    return this.call('POST /v1/tasks', options, (signal) =>
      this.api.POST('/v1/tasks', { body: task, params: { header: keyHeader(idempotencyKey) }, signal }),
    );
  }

  /** A page of a workspace's tasks, newest first. */
  listTasks(query: TaskQuery = {}, options: CallOptions = {}): Promise<Page<TaskRecord>> {
    return this.call('GET /v1/tasks', options, (signal) =>
      this.api.GET('/v1/tasks', { params: { query }, signal }),
    );
  }

  /** How many tasks the query means, by status and agent. */
  countTasks(query: TaskCountQuery = {}, options: CallOptions = {}): Promise<TaskCounts> {
    return this.call('GET /v1/tasks/counts', options, (signal) =>
      this.api.GET('/v1/tasks/counts', { params: { query }, signal }),
    );
  }

  /** All of a workspace's tasks, newest first, read a page at a time as they are wanted. */
  async *eachTask(query: TaskQuery = {}, options: CallOptions = {}): AsyncGenerator<TaskRecord, void, void> {
    for (let cursor = query.cursor; ;) {
      const { items, next } = await this.listTasks({ ...query, cursor }, options);
      yield* items;
      if (next === null) return;
      cursor = next;
    }
  }

  /** The task as it is or, with `at`, as it was. */
  getTask(taskId: string, query: TaskMoment = {}, options: CallOptions = {}): Promise<TaskRecord> {
    return this.call(`GET /v1/tasks/${taskId}`, options, (signal) =>
      this.api.GET('/v1/tasks/{taskId}', { params: { path: { taskId }, query }, signal }),
    );
  }

  /** A page of what happened to the task, oldest first. */
  getHistory(
    taskId: string,
    query: HistoryQuery = {},
    options: CallOptions = {},
  ): Promise<Page<HistoryItem>> {
    return this.call(`GET /v1/tasks/${taskId}/history`, options, (signal) =>
      this.api.GET('/v1/tasks/{taskId}/history', { params: { path: { taskId }, query }, signal }),
    );
  }

  /** Goes on from the failed stage. */
  retryTask(taskId: string, options: CallOptions = {}): Promise<TaskRecord> {
    return this.call(`POST /v1/tasks/${taskId}/retry`, options, (signal) =>
      this.api.POST('/v1/tasks/{taskId}/retry', { params: { path: { taskId } }, signal }),
    );
  }

  /**
   * Releases the sandbox and keeps its files. Rejects with `unpushed_work` where there is work on no remote, unless told that
   * this is known (`discardChanges`).
   */
  archiveTask(
    taskId: string,
    { discardChanges, ...options }: CallOptions & { readonly discardChanges?: boolean } = {},
  ): Promise<TaskRecord> {
    return this.call(`POST /v1/tasks/${taskId}/archive`, options, (signal) =>
      this.api.POST('/v1/tasks/{taskId}/archive', {
        params: { path: { taskId } },
        body: { discardChanges },
        signal,
      }),
    );
  }

  /** Brings an archived task back: the same checkout, and agents that take its sessions up again. */
  resumeTask(taskId: string, options: CallOptions = {}): Promise<TaskRecord> {
    return this.call(`POST /v1/tasks/${taskId}/resume`, options, (signal) =>
      this.api.POST('/v1/tasks/{taskId}/resume', { params: { path: { taskId } }, signal }),
    );
  }

  /**
   * Makes what was said in a killed task unreadable, for good: in records, histories, transcripts and exports texts are
   * `[erased]` then. Rejects with `task_not_killed`, or with `task_not_sealed` for a task that was created without a key.
   */
  eraseTask(taskId: string, options: CallOptions = {}): Promise<TaskRecord> {
    return this.call(`POST /v1/tasks/${taskId}/erase`, options, (signal) =>
      this.api.POST('/v1/tasks/{taskId}/erase', { params: { path: { taskId } }, signal }),
    );
  }

  /**
   * Destroys sandbox, processes and files, in whatever state the task is. With `keepBranch` all work outlives them; without, it
   * rejects with `unpushed_work` where there is some on no remote, unless that is given up (`discardChanges`).
   */
  killTask(
    taskId: string,
    {
      keepBranch,
      discardChanges,
      ...options
    }: CallOptions & { readonly keepBranch?: boolean; readonly discardChanges?: boolean } = {},
  ): Promise<TaskRecord> {
    return this.call(`POST /v1/tasks/${taskId}/kill`, options, (signal) =>
      this.api.POST('/v1/tasks/{taskId}/kill', {
        params: { path: { taskId } },
        body: { keepBranch, discardChanges },
        signal,
      }),
    );
  }

  /** A page of a workspace's projects, newest first. */
  listProjects(query: ProjectQuery = {}, options: CallOptions = {}): Promise<Page<Project>> {
    return this.call('GET /v1/projects', options, (signal) =>
      this.api.GET('/v1/projects', { params: { query }, signal }),
    );
  }

  /** How long the stages have taken lately, by provider. */
  getStageDurations(
    query: StageDurationQuery = {},
    options: CallOptions = {},
  ): Promise<{ items: StageDuration[] }> {
    return this.call('GET /v1/stage-durations', options, (signal) =>
      this.api.GET('/v1/stage-durations', { params: { query }, signal }),
    );
  }

  /** Which providers and agents a task can be created with. */
  listProviders(options: CallOptions = {}): Promise<Providers> {
    return this.call('GET /v1/providers', options, (signal) => this.api.GET('/v1/providers', { signal }));
  }

  /** Who the caller is. */
  getCaller(options: CallOptions = {}): Promise<Caller> {
    return this.call('GET /v1/me', options, (signal) => this.api.GET('/v1/me', { signal }));
  }

  /** Makes an access token; its text is in the answer and nowhere else. */
  createToken(token: NewToken, options: CallOptions = {}): Promise<CreatedToken> {
    return this.call('POST /v1/tokens', options, (signal) =>
      this.api.POST('/v1/tokens', { body: token, signal }),
    );
  }

  /** The access tokens of a workspace, or of all that the caller sees. */
  listTokens(
    query: { readonly workspaceId?: string } = {},
    options: CallOptions = {},
  ): Promise<{ items: AccessToken[] }> {
    return this.call('GET /v1/tokens', options, (signal) =>
      this.api.GET('/v1/tokens', { params: { query }, signal }),
    );
  }

  /** Ends an access token. */
  revokeToken(tokenId: string, options: CallOptions = {}): Promise<AccessToken> {
    return this.call(`DELETE /v1/tokens/${tokenId}`, options, (signal) =>
      this.api.DELETE('/v1/tokens/{tokenId}', { params: { path: { tokenId } }, signal }),
    );
  }

  /** Who has logged in with a browser and is let in still. */
  listLogins(options: CallOptions = {}): Promise<{ items: Login[] }> {
    return this.call('GET /v1/logins', options, (signal) => this.api.GET('/v1/logins', { signal }));
  }

  /** Puts somebody out who has logged in with a browser. */
  endLogin(loginId: string, options: CallOptions = {}): Promise<Login> {
    return this.call(`DELETE /v1/logins/${loginId}`, options, (signal) =>
      this.api.DELETE('/v1/logins/{loginId}', { params: { path: { loginId } }, signal }),
    );
  }

  /**
   * Who did what and what was refused, from the log; newest first, or oldest first with `after`. `next` is the `after` of the
   * next page where that was given, else its `before`: a page may have few items, or none, and a next one.
   */
  readAudit(query: AuditQuery = {}, options: CallOptions = {}): Promise<Page<AuditEntry>> {
    return this.call('GET /v1/audit', options, (signal) =>
      this.api.GET('/v1/audit', { params: { query }, signal }),
    );
  }

  /** What happens in a session, its entries and pieces of texts while they are written, across lost connections. */
  followSession(sessionId: string, options: WatchOptions = {}): AsyncGenerator<SessionUpdate, void, void> {
    return watchSession(this.live, sessionId, options);
  }

  /** What the sandbox of a task puts out, across lost connections. */
  followLog(
    taskId: string,
    source: LogSource,
    options: WatchOptions = {},
  ): AsyncGenerator<LogUpdate, void, void> {
    return watchLog(this.live, taskId, source, options);
  }

  /**
   * Opens a shell in the task's sandbox, for whoever may prompt its agent. It ends with its connection.
   * @throws SlipwayError where there is to be none
   */
  async openTerminal(
    taskId: string,
    { cols, rows }: TerminalSize,
    handlers: TerminalHandlers,
  ): Promise<Terminal> {
    const address = await this.socketAddress(`/v1/tasks/${encodeURIComponent(taskId)}/terminal`);
    address.searchParams.set('cols', String(cols));
    address.searchParams.set('rows', String(rows));
    const WebSocket = await this.findClass();
    return Terminal.open(new WebSocket(address.href), handlers);
  }

  /**
   * Connects to what listens on a port of the task's sandbox, for whoever may prompt its agent: one connection.
   * @param port 1 to 65535 @throws SlipwayError where there is to be none: `port_closed` where nothing listens there
   */
  async openPort(taskId: string, port: number, handlers: PortHandlers): Promise<PortConnection> {
    const address = await this.socketAddress(`/v1/tasks/${encodeURIComponent(taskId)}/ports/${port}`);
    const WebSocket = await this.findClass();
    return PortConnection.open(new WebSocket(address.href), handlers);
  }

  /** A topic's updates, across lost connections: see `watch`. */
  watch(topic: Topic, options: WatchOptions = {}): AsyncGenerator<LiveUpdate, void, void> {
    return watch(this.live, topic, options);
  }

  /** Every state of the task from now on, the present one first (or what came after `after`), across lost connections. */
  async *watchTask(taskId: string, options: WatchOptions = {}): AsyncGenerator<TaskRecord, void, void> {
    for await (const update of this.watch(taskTopic(taskId), options))
      if (update.type === 'task') yield update.task;
  }

  /** Ends the live connection; whoever still follows something is told `client_closed`. */
  close(): void {
    this.live.close();
  }
}
