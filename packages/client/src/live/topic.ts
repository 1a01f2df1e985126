import type { LogSource } from '../types.js';

/** A session, of whose transcript each entry is told. */
export type SessionTopic = `session:${string}`;
/** What the sandbox of a task puts out. */
export type LogTopic = `log:${string}:${LogSource}`;
/** Whose records can be followed: a workspace's tasks, or one task. */
export type Topic = `workspace:${string}` | `task:${string}`;

export const workspaceTopic = (workspaceId: string): Topic => `workspace:${workspaceId}`;
/** The service knows task ids in lower case only. */
export const taskTopic = (taskId: string): Topic => `task:${taskId.toLowerCase()}`;
export const sessionTopic = (sessionId: string): SessionTopic => `session:${sessionId.toLowerCase()}`;
export const logTopic = (taskId: string, source: LogSource): LogTopic =>
  `log:${taskId.toLowerCase()}:${source}`;
