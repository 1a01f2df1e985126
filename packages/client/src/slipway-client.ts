import { findWebSocket } from '#socket';
import { keyHeader, type ClientOptions, type CreateOptions } from './api-calls.js';
import { LiveConnection } from './live/live-connection.js';
import { watch, watchSession, type LiveUpdate, type SessionUpdate, type WatchOptions } from './live/watch.js';
import { taskTopic, type Topic } from './live/topic.js';
import type { CallOptions } from './rest.js';
import { SessionCalls } from './session-calls.js';
import type {
  HistoryItem,
  HistoryQuery,
  NewTask,
  Page,
  Project,
  ProjectQuery,
  StageDuration,
  StageDurationQuery,
  TaskMoment,
  TaskQuery,
  TaskRecord,
} from './types.js';

/**
 * The service's API. Every call rejects with SlipwayError when the service says no, cannot be reached or does not answer
 * in time, and with the signal's reason when the caller aborts.
 */
export class SlipwayClient extends SessionCalls {
  /** The one WebSocket of this client. It is opened when something is followed. */
  readonly live: LiveConnection;

  /** @throws TypeError when the address is none */
  constructor(options: ClientOptions) {
    super(options);
    const { WebSocket } = options;
    this.live = new LiveConnection(
      `${this.url.replace(/^http/, 'ws')}/v1/live`,
      WebSocket ? () => Promise.resolve(WebSocket) : findWebSocket,
    );
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

  /** Releases the sandbox and keeps its files. */
  archiveTask(taskId: string, options: CallOptions = {}): Promise<TaskRecord> {
    return this.call(`POST /v1/tasks/${taskId}/archive`, options, (signal) =>
      this.api.POST('/v1/tasks/{taskId}/archive', { params: { path: { taskId } }, signal }),
    );
  }

  /** Brings an archived task back: the same checkout, and agents that take its sessions up again. */
  resumeTask(taskId: string, options: CallOptions = {}): Promise<TaskRecord> {
    return this.call(`POST /v1/tasks/${taskId}/resume`, options, (signal) =>
      this.api.POST('/v1/tasks/{taskId}/resume', { params: { path: { taskId } }, signal }),
    );
  }

  /** Destroys sandbox, processes and files, in whatever state the task is; the branch outlives them with `keepBranch`. */
  killTask(
    taskId: string,
    { keepBranch = false, ...options }: CallOptions & { readonly keepBranch?: boolean } = {},
  ): Promise<TaskRecord> {
    return this.call(`POST /v1/tasks/${taskId}/kill`, options, (signal) =>
      this.api.POST('/v1/tasks/{taskId}/kill', {
        params: { path: { taskId } },
        body: { keepBranch },
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

  /** What happens in a session, its entries and pieces of texts while they are written, across lost connections. */
  followSession(sessionId: string, options: WatchOptions = {}): AsyncGenerator<SessionUpdate, void, void> {
    return watchSession(this.live, sessionId, options);
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
