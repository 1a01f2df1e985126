import { useEffect, useSyncExternalStore } from 'react';
import type { TaskRecord } from '../api/types.js';
import { LiveConnection, type LinkStatus } from './connection.js';
import { TaskStore } from './task-store.js';

/** The page's records and its connection: one each, for as long as the page is open. */
export const store = new TaskStore();
export const connection = new LiveConnection(`${location.origin.replace(/^http/, 'ws')}/v1/live`, {
  task: store.apply,
  reset: store.forget,
});

export const useLink = (): LinkStatus => useSyncExternalStore(connection.watch, connection.getStatus);

export const useTask = (taskId: string): TaskRecord | undefined =>
  useSyncExternalStore(store.subscribe, () => store.get(taskId));

/** Follows a topic while the component is shown; null follows nothing. `after` counts when it begins. */
export function useTopic(topic: string | null, after?: string): void {
  useEffect(() => (topic === null ? undefined : connection.follow(topic, after)), [topic]);
}
