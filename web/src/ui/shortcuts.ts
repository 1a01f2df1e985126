import { useEffect } from 'react';

/** What keys do, in the order in which they are told. */
export const SHORTCUTS = {
  help: { key: '?', does: 'Show this list' },
  new: { key: 'n', does: 'New task' },
  list: { key: 'l', does: 'The list of tasks, as it was last looked at' },
  search: { key: '/', does: 'Find in the list' },
  next: { key: 'j', does: 'The next task of the list' },
  previous: { key: 'k', does: 'The one before' },
  choose: { key: 'x', does: 'Choose the task of the list that has the focus' },
} as const;
export type Shortcut = keyof typeof SHORTCUTS;

const KEY = 'slipway:shortcuts';

/** Single keys get in the way of those who speak to their machine: they can be turned off, in this browser. */
export const areShortcutsOn = (): boolean => localStorage.getItem(KEY) !== 'off';
export const turnShortcuts = (on: boolean): void => localStorage.setItem(KEY, on ? 'on' : 'off');

/** What is typed there is text, or moves something. */
const TAKES_KEYS = 'input:not([type=checkbox]), textarea, select, [contenteditable], dialog, .terminal';

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'defaultPrevented' | 'target'>;

/** The shortcut that was pressed; null for everything else. */
export function shortcutOf(event: Pressed): Shortcut | null {
  const { key, ctrlKey, metaKey, altKey, defaultPrevented, target } = event;
  if (ctrlKey || metaKey || altKey || defaultPrevented || !areShortcutsOn()) return null;
  if ((target as Element | null)?.closest?.(TAKES_KEYS)) return null;
  const found = Object.entries(SHORTCUTS).find(([, shortcut]) => shortcut.key === key);
  return found === undefined ? null : (found[0] as Shortcut);
}

/** Does something when a shortcut is pressed, for as long as the component is shown. */
export function useShortcuts(actions: Partial<Record<Shortcut, () => void>>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const shortcut = shortcutOf(event);
      const act = shortcut === null ? undefined : actions[shortcut];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
}
