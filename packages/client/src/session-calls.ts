import { ApiCalls, keyHeader, type CreateOptions } from './api-calls.js';
import type { CallOptions } from './rest.js';
import type {
  NewSession,
  Permission,
  Prompt,
  SessionRecord,
  SessionSettings,
  Transcript,
  TranscriptEntry,
  TranscriptPage,
  TranscriptQuery,
} from './types.js';

const SESSION = '/v1/tasks/{taskId}/sessions/{sessionId}';

/** The part of the API with which people work in sessions. */
export abstract class SessionCalls extends ApiCalls {
  /** The task's sessions, in the order in which they were asked for. */
  listSessions(taskId: string, options: CallOptions = {}): Promise<{ items: SessionRecord[] }> {
    return this.call(`GET /v1/tasks/${taskId}/sessions`, options, (signal) =>
      this.api.GET('/v1/tasks/{taskId}/sessions', { params: { path: { taskId } }, signal }),
    );
  }

  /** Asks for a further session; it is opened when the task is running. */
  requestSession(
    taskId: string,
    session: NewSession = {},
    { idempotencyKey, ...options }: CreateOptions = {},
  ): Promise<SessionRecord> {
    return this.call(`POST /v1/tasks/${taskId}/sessions`, options, (signal) =>
      this.api.POST('/v1/tasks/{taskId}/sessions', {
        params: { path: { taskId }, header: keyHeader(idempotencyKey) },
        body: session,
        signal,
      }),
    );
  }

  /** A page of what was said and done in the session, oldest first, and what it is doing now. */
  listTranscript(
    taskId: string,
    sessionId: string,
    query: TranscriptQuery = {},
    options: CallOptions = {},
  ): Promise<TranscriptPage> {
    return this.call(`GET ${pathOf(taskId, sessionId)}/transcript`, options, (signal) =>
      this.api.GET(`${SESSION}/transcript`, { params: { path: { taskId, sessionId }, query }, signal }),
    );
  }

  /** All of the transcript, oldest first, read a page at a time as it is wanted. */
  async *eachEntry(
    taskId: string,
    sessionId: string,
    query: TranscriptQuery = {},
    options: CallOptions = {},
  ): AsyncGenerator<TranscriptEntry, void, void> {
    for (let after = query.after; ;) {
      const { items, next } = await this.listTranscript(taskId, sessionId, { ...query, after }, options);
      yield* items;
      if (next === null) return;
      after = next;
    }
  }

  /** What people asked and what the agent said, without all else: the short form of the transcript. */
  getTranscript(taskId: string, sessionId: string, options: CallOptions = {}): Promise<Transcript> {
    return this.call(`GET /v1/tasks/${taskId}/sessions/${sessionId}/messages`, options, (signal) =>
      this.api.GET('/v1/tasks/{taskId}/sessions/{sessionId}/messages', {
        params: { path: { taskId, sessionId } },
        signal,
      }),
    );
  }

  /** The session as it is. */
  getSession(taskId: string, sessionId: string, options: CallOptions = {}): Promise<SessionRecord> {
    return this.call(`GET ${pathOf(taskId, sessionId)}`, options, (signal) =>
      this.api.GET(SESSION, { params: { path: { taskId, sessionId } }, signal }),
    );
  }

  /** Changes how the agent's questions are answered, its mode or its model. */
  changeSession(
    taskId: string,
    sessionId: string,
    settings: SessionSettings,
    options: CallOptions = {},
  ): Promise<SessionRecord> {
    return this.call(`PATCH ${pathOf(taskId, sessionId)}`, options, (signal) =>
      this.api.PATCH(SESSION, { params: { path: { taskId, sessionId } }, body: settings, signal }),
    );
  }

  /** Asks the agent something; prompts wait, and are sent one after the other. With a key, asking again asks nothing more. */
  queuePrompt(
    taskId: string,
    sessionId: string,
    text: string,
    { idempotencyKey, ...options }: CreateOptions = {},
  ): Promise<Prompt> {
    return this.call(`POST ${pathOf(taskId, sessionId)}/prompts`, options, (signal) =>
      this.api.POST(`${SESSION}/prompts`, {
        params: { path: { taskId, sessionId }, header: keyHeader(idempotencyKey) },
        body: { text },
        signal,
      }),
    );
  }

  /** What was asked, oldest first: all that is not over, and the latest of what is. */
  listPrompts(taskId: string, sessionId: string, options: CallOptions = {}): Promise<{ items: Prompt[] }> {
    return this.call(`GET ${pathOf(taskId, sessionId)}/prompts`, options, (signal) =>
      this.api.GET(`${SESSION}/prompts`, { params: { path: { taskId, sessionId } }, signal }),
    );
  }

  /** Takes back a prompt that waits. */
  withdrawPrompt(
    taskId: string,
    sessionId: string,
    promptId: string,
    options: CallOptions = {},
  ): Promise<Prompt> {
    return this.call(`DELETE ${pathOf(taskId, sessionId)}/prompts/${promptId}`, options, (signal) =>
      this.api.DELETE(`${SESSION}/prompts/{promptId}`, {
        params: { path: { taskId, sessionId, promptId } },
        signal,
      }),
    );
  }

  /** Sends a prompt again of which it is not known whether it reached the agent. */
  resendPrompt(
    taskId: string,
    sessionId: string,
    promptId: string,
    options: CallOptions = {},
  ): Promise<Prompt> {
    return this.call(`POST ${pathOf(taskId, sessionId)}/prompts/${promptId}/resend`, options, (signal) =>
      this.api.POST(`${SESSION}/prompts/{promptId}/resend`, {
        params: { path: { taskId, sessionId, promptId } },
        signal,
      }),
    );
  }

  /** Stops what the agent is doing; prompts that wait stay. */
  cancelTurn(taskId: string, sessionId: string, options: CallOptions = {}): Promise<SessionRecord> {
    return this.call(`POST ${pathOf(taskId, sessionId)}/cancel`, options, (signal) =>
      this.api.POST(`${SESSION}/cancel`, { params: { path: { taskId, sessionId } }, signal }),
    );
  }

  /** What the agent asks: what waits for an answer and, unless that is all that is wanted, the latest of the others. */
  listPermissions(
    taskId: string,
    sessionId: string,
    query: { readonly state?: 'pending' } = {},
    options: CallOptions = {},
  ): Promise<{ items: Permission[] }> {
    return this.call(`GET ${pathOf(taskId, sessionId)}/permissions`, options, (signal) =>
      this.api.GET(`${SESSION}/permissions`, { params: { path: { taskId, sessionId }, query }, signal }),
    );
  }

  /** Answers the agent with one of the options that its question lists. The first answer holds. */
  answerPermission(
    taskId: string,
    sessionId: string,
    permissionId: string,
    optionId: string,
    options: CallOptions = {},
  ): Promise<Permission> {
    return this.call(
      `POST ${pathOf(taskId, sessionId)}/permissions/${permissionId}/answer`,
      options,
      (signal) =>
        this.api.POST(`${SESSION}/permissions/{permissionId}/answer`, {
          params: { path: { taskId, sessionId, permissionId } },
          body: { optionId },
          signal,
        }),
    );
  }
}

const pathOf = (taskId: string, sessionId: string): string => `/v1/tasks/${taskId}/sessions/${sessionId}`;
