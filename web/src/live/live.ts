import type { LinkStatus, TaskRecord, Topic } from '@slipway/client';
import { useEffect, useSyncExternalStore } from 'react';
import { api } from '../api/api.js';
import { TaskStore } from './task-store.js';

/** The page's records and its connection: one each, for as long as the page is open. */
export const store = new TaskStore();
export const connection = api.live;

connection.connect();
addEventListener('online', () => connection.check());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') connection.check();
});

/** Up to where the records of a topic are known; that outlives its users, who may come back. */
const known = new Map<Topic, string | undefined>();

export const useLink = (): LinkStatus => useSyncExternalStore(connection.onStatus, connection.getStatus);

export const useTask = (taskId: string): TaskRecord | undefined =>
  useSyncExternalStore(store.subscribe, () => store.get(taskId));

/** Follows a topic while the component is shown; null follows nothing. `after` counts when it begins. */
export function useTopic(topic: Topic | null, after?: string): void {
  useEffect(() => {
    if (topic === null) return;
    const following = connection.follow(
      topic,
      {
        task: (task) => store.apply(task),
        reset: () => store.forget(topic),
        // The page says in its place what is wrong with the address: the record cannot be read either.
        refused: () => undefined,
      },
      { after: known.get(topic) ?? after },
    );
    return () => {
      known.set(topic, following.position);
      following.stop();
    };
  }, [topic]);
}
