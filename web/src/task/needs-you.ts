import type { TaskRecord } from '@slipway/client';

/** Those that wait for somebody first; otherwise as they are. */
export function needsYouFirst(tasks: readonly TaskRecord[]): readonly TaskRecord[] {
  const waiting = tasks.filter(({ needsYou }) => needsYou);
  return waiting.length === 0 ? tasks : [...waiting, ...tasks.filter(({ needsYou }) => !needsYou)];
}

/** The window's title: how many tasks wait for somebody is to be seen from another window. */
export function windowTitle(title: string, waiting: number): string {
  const named = title === '' ? 'Slipway' : `${title} · Slipway`;
  return waiting === 0 ? named : `(${waiting}) ${named}`;
}

/** Which tasks wait now that did not when they were last looked at; the first look finds none. */
export function newlyWaiting(
  before: ReadonlySet<string> | null,
  tasks: Iterable<TaskRecord>,
): { readonly now: ReadonlySet<string>; readonly fresh: readonly TaskRecord[] } {
  const waiting = [...tasks].filter(({ needsYou }) => needsYou);
  return {
    now: new Set(waiting.map(({ taskId }) => taskId)),
    fresh: before === null ? [] : waiting.filter(({ taskId }) => !before.has(taskId)),
  };
}
