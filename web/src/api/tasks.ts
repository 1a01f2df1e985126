import { call } from './client.js';
import type {
  HistoryItem,
  NewTask,
  Project,
  SessionRecord,
  StageDuration,
  TaskRecord,
  Transcript,
} from './types.js';

/** The calls that the page makes. */

export interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
}

const query = (values: Record<string, string | number | null | undefined>): string =>
  new URLSearchParams(
    Object.entries(values).flatMap(([name, value]) => (value ? [[name, String(value)]] : [])),
  ).toString();

const task = (taskId: string) => `/v1/tasks/${encodeURIComponent(taskId)}`;

export interface TaskFilter {
  readonly status: string | null;
  readonly text: string | null;
}

export const listTasks = (
  workspaceId: string,
  { status, text }: TaskFilter,
  cursor: string | null,
  limit = 50,
) => call<Page<TaskRecord>>('GET', `/v1/tasks?${query({ workspaceId, status, q: text, cursor, limit })}`);

/** The record now, or as it was at a position. */
export const readTask = (taskId: string, at: string | null, signal?: AbortSignal) =>
  call<TaskRecord>('GET', `${task(taskId)}?${query({ at })}`, { signal });

/** What happened after a position, at least up to `minPosition`. */
export const readHistory = (
  taskId: string,
  after: string | null,
  minPosition: string,
  signal?: AbortSignal,
) =>
  call<Page<HistoryItem>>('GET', `${task(taskId)}/history?${query({ after, minPosition, limit: 200 })}`, {
    signal,
  });

export const createTask = (body: NewTask, idempotencyKey: string) =>
  call<TaskRecord>('POST', '/v1/tasks', { body, headers: { 'idempotency-key': idempotencyKey } });

export const retryTask = (taskId: string) => call<TaskRecord>('POST', `${task(taskId)}/retry`);
export const archiveTask = (taskId: string) => call<TaskRecord>('POST', `${task(taskId)}/archive`);
export const killTask = (taskId: string, keepBranch: boolean) =>
  call<TaskRecord>('POST', `${task(taskId)}/kill`, { body: { keepBranch } });

export const requestSession = (taskId: string, body: { prompt?: string; agentType?: string }) =>
  call<SessionRecord>('POST', `${task(taskId)}/sessions`, { body });

export const readTranscript = (taskId: string, sessionId: string, signal?: AbortSignal) =>
  call<Transcript>('GET', `${task(taskId)}/sessions/${encodeURIComponent(sessionId)}/messages`, { signal });

export const listProjects = (workspaceId: string, signal?: AbortSignal) =>
  call<Page<Project>>('GET', `/v1/projects?${query({ workspaceId })}`, { signal });

/** How long the provider's stages have taken lately. */
export const readStageDurations = (providerId: string, signal?: AbortSignal) =>
  call<{ items: StageDuration[] }>('GET', `/v1/stage-durations?${query({ providerId })}`, { signal });
