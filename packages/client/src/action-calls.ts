import { keyHeader, type CreateOptions } from './api-calls.js';
import type { CallOptions } from './rest.js';
import type { Action, KeptWork, PullRequestRequest, PushRequest, TaskRecord } from './types.js';
import { WebhookCalls } from './webhook-calls.js';

/** What is done with a task's work: its branch pushed, a pull request of it opened. */
export abstract class ActionCalls extends WebhookCalls {
  /** Asks for the branch to be pushed; resolves with the action, which is carried out behind: see `listActions`. */
  pushTask(
    taskId: string,
    { idempotencyKey, signal, ...push }: PushRequest & CreateOptions = {},
  ): Promise<Action> {
    return this.call(`POST /v1/tasks/${taskId}/push`, { signal }, (each) =>
      this.api.POST('/v1/tasks/{taskId}/push', {
        params: { path: { taskId }, header: keyHeader(idempotencyKey) },
        body: push,
        signal: each,
      }),
    );
  }

  /** Asks for the branch to be pushed and a pull request of it to be opened, or found. */
  openPullRequest(
    taskId: string,
    { idempotencyKey, signal, ...wish }: PullRequestRequest & CreateOptions = {},
  ): Promise<Action> {
    return this.call(`POST /v1/tasks/${taskId}/pull-request`, { signal }, (each) =>
      this.api.POST('/v1/tasks/{taskId}/pull-request', {
        params: { path: { taskId }, header: keyHeader(idempotencyKey) },
        body: wish,
        signal: each,
      }),
    );
  }

  /** Has the task's pull request looked at now; resolves with the task, and how it is. */
  refreshPullRequest(taskId: string, options: CallOptions = {}): Promise<TaskRecord> {
    return this.call(`POST /v1/tasks/${taskId}/pull-request/refresh`, options, (signal) =>
      this.api.POST('/v1/tasks/{taskId}/pull-request/refresh', { params: { path: { taskId } }, signal }),
    );
  }

  /** What outlived the sandboxes of a project's killed tasks: every tip. */
  listKept(projectId: string, options: CallOptions = {}): Promise<{ items: KeptWork[] }> {
    return this.call(`GET /v1/projects/${projectId}/kept`, options, (signal) =>
      this.api.GET('/v1/projects/{projectId}/kept', { params: { path: { projectId } }, signal }),
    );
  }

  /** All that is kept of a task, as a git bundle. The time limit of calls is for its beginning. */
  async keptBundle(taskId: string, options: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const path = { taskId };
    // What ends the call does not end the stream, which the caller reads on.
    const { body } = await this.call(`GET /v1/tasks/${taskId}/kept/bundle`, options, async () => {
      const { error, response } = await this.api.GET('/v1/tasks/{taskId}/kept/bundle', {
        params: { path },
        parseAs: 'stream',
        signal: options.signal,
      });
      return { data: { body: response.body! }, error, response };
    });
    return body;
  }

  /** Gives up what is kept of a task, for good. */
  deleteKept(taskId: string, options: CallOptions = {}): Promise<void> {
    return this.call<void>(`DELETE /v1/tasks/${taskId}/kept`, options, async (signal) => {
      const { error, response } = await this.api.DELETE('/v1/tasks/{taskId}/kept', {
        params: { path: { taskId } },
        signal,
      });
      return { error, response };
    });
  }

  /** The task's last actions, newest first. */
  listActions(taskId: string, options: CallOptions = {}): Promise<{ items: Action[] }> {
    return this.call(`GET /v1/tasks/${taskId}/actions`, options, (signal) =>
      this.api.GET('/v1/tasks/{taskId}/actions', { params: { path: { taskId } }, signal }),
    );
  }
}
