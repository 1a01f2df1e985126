import { navigate } from '../router.js';
import { newlyWaiting } from '../task/needs-you.js';
import { titleOf } from '../task/vocabulary.js';
import { store } from './live.js';

/** Whether the browser has notifications and the reader has not said yet whether they may come. */
export const canBeAsked = (): boolean =>
  'Notification' in globalThis && Notification.permission === 'default';

export const ask = (): Promise<unknown> => Notification.requestPermission();

/** Says that a task needs somebody when nobody looks at the page, where that is allowed. Never ends. */
export function notifyWhenNeeded(): void {
  let known: ReadonlySet<string> | null = null;
  store.subscribe(() => {
    const { now, fresh } = newlyWaiting(known, store.all().values());
    known = now;
    if (document.visibilityState === 'visible' || canBeAsked()) return;
    for (const task of fresh) notify(task.taskId, titleOf(task), task.statusMessage);
  });
}

function notify(taskId: string, title: string, body: string): void {
  try {
    const notification = new Notification(title, { body: `Needs you. ${body}`, tag: taskId });
    notification.onclick = () => {
      focus();
      navigate(`/tasks/${taskId}`);
      notification.close();
    };
  } catch {
    // Not allowed, or there are none on this device: the title says it.
  }
}
