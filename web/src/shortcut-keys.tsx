import { useState } from 'react';
import { navigate } from './router.js';
import { ShortcutSheet } from './ui/shortcut-sheet.js';
import { useShortcuts } from './ui/shortcuts.js';
import { inWorkspace, listAddress } from './workspace.js';

/** What keys do wherever one is, and the sheet that tells of them. */
export function ShortcutKeys({ workspace }: { workspace: string }) {
  const [isShown, setShown] = useState(false);
  useShortcuts({
    help: () => setShown(true),
    new: () => navigate(inWorkspace('/new', workspace)),
    list: () => navigate(listAddress(workspace)),
    search: () => marked('search')[0]?.focus(),
    next: () => moveAmongTasks(1),
    previous: () => moveAmongTasks(-1),
  });
  return (
    <>
      <button
        type="button"
        className="button square help"
        aria-label="Keyboard shortcuts"
        onClick={() => setShown(true)}
      >
        ?
      </button>
      {isShown && <ShortcutSheet onClose={() => setShown(false)} />}
    </>
  );
}

const marked = (name: string): readonly HTMLElement[] => [
  ...document.querySelectorAll<HTMLElement>(`[data-shortcut=${name}]`),
];

function moveAmongTasks(by: 1 | -1): void {
  const rows = marked('task');
  const here = rows.findIndex((row) => row === document.activeElement);
  const there = here === -1 ? 0 : Math.min(Math.max(here + by, 0), rows.length - 1);
  rows[there]?.focus();
}
