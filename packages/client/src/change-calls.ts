import type { CallOptions } from './rest.js';
import type {
  Changes,
  DiffQuery,
  FileContent,
  FolderList,
  LogPage,
  LogQuery,
  SetupOutput,
  TaskRecord,
} from './types.js';
import { ActionCalls } from './action-calls.js';

/** What is changed in a task's checkout, and what is in it. */
export abstract class ChangeCalls extends ActionCalls {
  /** What the task's setup has put out: so far while it runs, as it is stored when it has ended. */
  getSetupOutput(taskId: string, options: CallOptions = {}): Promise<SetupOutput> {
    return this.call(`GET /v1/tasks/${taskId}/setup/output`, options, (signal) =>
      this.api.GET('/v1/tasks/{taskId}/setup/output', { params: { path: { taskId } }, signal }),
    );
  }

  /** A page of what the programs of the task's sandbox put out; `next` is the `after` of the page that follows. */
  getLog(taskId: string, query: LogQuery = {}, options: CallOptions = {}): Promise<LogPage> {
    return this.call(`GET /v1/tasks/${taskId}/logs`, options, (signal) =>
      this.api.GET('/v1/tasks/{taskId}/logs', { params: { path: { taskId }, query }, signal }),
    );
  }

  /** What was changed when it was last looked at, or had been by `at` (a position, or an ISO 8601 time). */
  getChanges(
    taskId: string,
    { at, ...options }: CallOptions & { readonly at?: string } = {},
  ): Promise<Changes> {
    return this.call(`GET /v1/tasks/${taskId}/changes`, options, (signal) =>
      this.api.GET('/v1/tasks/{taskId}/changes', { params: { path: { taskId }, query: { at } }, signal }),
    );
  }

  /** Has the changes looked at again; `changes.at` of the record tells when that was done. */
  refreshChanges(taskId: string, options: CallOptions = {}): Promise<TaskRecord> {
    return this.call(`POST /v1/tasks/${taskId}/changes/refresh`, options, (signal) =>
      this.api.POST('/v1/tasks/{taskId}/changes/refresh', { params: { path: { taskId } }, signal }),
    );
  }

  /** The unified diff of one file (with `oldPath` where it was renamed), or of all. */
  async getDiff(taskId: string, query: DiffQuery = {}, options: CallOptions = {}): Promise<string> {
    const { text } = await this.call(`GET /v1/tasks/${taskId}/changes/diff`, options, async (signal) => {
      const { data, ...answer } = await this.api.GET('/v1/tasks/{taskId}/changes/diff', {
        params: { path: { taskId }, query },
        parseAs: 'text',
        signal,
      });
      return { ...answer, ...(typeof data === 'string' && { data: { text: data } }) };
    });
    return text;
  }

  /** The same, piece by piece, for diffs that may be long. */
  async *streamDiff(
    taskId: string,
    query: DiffQuery = {},
    options: CallOptions = {},
  ): AsyncGenerator<string, void, void> {
    const asked = `GET /v1/tasks/${taskId}/changes/diff`;
    const { body } = await this.call(asked, options, async (signal) => {
      const { data, ...answer } = await this.api.GET('/v1/tasks/{taskId}/changes/diff', {
        params: { path: { taskId }, query },
        parseAs: 'stream',
        signal,
      });
      return { ...answer, ...(data && { data: { body: data as unknown as ReadableStream<Uint8Array> } }) };
    });
    const reader = body.getReader();
    const decoder = new TextDecoder();
    try {
      for (;;) {
        options.signal?.throwIfAborted();
        const { done, value } = await reader.read();
        if (done) break;
        yield decoder.decode(value, { stream: true });
      }
      yield decoder.decode();
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  /** A folder of the checkout as it is now; the checkout's own without a path. */
  listFiles(taskId: string, path = '', options: CallOptions = {}): Promise<FolderList> {
    return this.call(`GET /v1/tasks/${taskId}/files`, options, (signal) =>
      this.api.GET('/v1/tasks/{taskId}/files', {
        params: { path: { taskId }, query: { path } },
        signal,
      }),
    );
  }

  /** A file of the checkout as it is now, at most its first MiB. */
  getFile(taskId: string, path: string, options: CallOptions = {}): Promise<FileContent> {
    return this.call(`GET /v1/tasks/${taskId}/files/content`, options, (signal) =>
      this.api.GET('/v1/tasks/{taskId}/files/content', {
        params: { path: { taskId }, query: { path } },
        signal,
      }),
    );
  }
}
