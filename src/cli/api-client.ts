import type { SessionTranscript } from '../providers/sandbox-provider.js';
import type { SessionRecord, TaskRecord } from '../events/task/task-record.js';
import { readRuntime } from '../app/runtime-file.js';

/** How long a call may take, in milliseconds. */
const CALL_LIMIT_MS = 30_000;

/** What the service answered instead of what was asked for, in its own words. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The service's API, for programs on the command line. */
export class ApiClient {
  constructor(readonly url: string) {}

  /** The service at `SLIPWAY_URL`, else the one that runs in the data directory. */
  static async find(dataDir: string): Promise<ApiClient> {
    const url = process.env.SLIPWAY_URL ?? (await readRuntime(dataDir))?.httpUrl;
    if (url !== undefined) return new ApiClient(url.replace(/\/+$/, ''));
    throw new ApiError(
      0,
      `No service runs in ${dataDir}. Start one with npm start, or set SLIPWAY_URL or SLIPWAY_DATA_DIR.`,
    );
  }

  createTask(body: object, idempotencyKey?: string): Promise<TaskRecord> {
    return this.call(
      'POST',
      '/v1/tasks',
      body,
      idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey },
    );
  }

  task(taskId: string, query: Record<string, string | undefined> = {}): Promise<TaskRecord> {
    return this.call('GET', `/v1/tasks/${encodeURIComponent(taskId)}${queryString(query)}`);
  }

  tasks(query: Record<string, string | undefined>): Promise<{ items: TaskRecord[]; next: string | null }> {
    return this.call('GET', `/v1/tasks${queryString(query)}`);
  }

  command(taskId: string, command: 'retry' | 'archive' | 'kill', body: object = {}): Promise<TaskRecord> {
    return this.call('POST', `/v1/tasks/${encodeURIComponent(taskId)}/${command}`, body);
  }

  requestSession(taskId: string, body: object): Promise<SessionRecord> {
    return this.call('POST', `/v1/tasks/${encodeURIComponent(taskId)}/sessions`, body);
  }

  transcript(taskId: string, sessionId: string): Promise<SessionTranscript> {
    return this.call(
      'GET',
      `/v1/tasks/${encodeURIComponent(taskId)}/sessions/${encodeURIComponent(sessionId)}/messages`,
    );
  }

  private async call<T>(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<T> {
    let response: Response;
    try {
      response = await fetch(this.url + path, {
        method,
        headers: { ...headers, ...(body && { 'Content-Type': 'application/json' }) },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(CALL_LIMIT_MS),
      });
    } catch (error) {
      throw new ApiError(
        0,
        `The service at ${this.url} does not answer (${reasonOf(error)}). Is it running?`,
      );
    }
    const text = await response.text();
    if (!response.ok)
      throw new ApiError(
        response.status,
        problemText(text) ?? `${method} ${path} answered ${response.status}`,
      );
    return JSON.parse(text) as T;
  }
}

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
};

function problemText(text: string): string | undefined {
  try {
    const { detail, title } = JSON.parse(text) as { detail?: string; title?: string };
    return detail ?? title;
  } catch {
    return undefined;
  }
}

function queryString(query: Record<string, string | undefined>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
