import { useState } from 'react';
import { areShortcutsOn, SHORTCUTS, turnShortcuts } from './shortcuts.js';
import { useModal } from './use-modal.js';

/** The keys that do something. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const dialog = useModal();
  const [on, setOn] = useState(areShortcutsOn);
  return (
    <dialog ref={dialog} aria-labelledby="shortcuts-title" onCancel={onClose}>
      <h2 id="shortcuts-title">Keyboard shortcuts</h2>
      <dl className="shortcuts">
        {Object.values(SHORTCUTS).map(({ key, does }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Esc</kbd>
          </dt>
          <dd>Close what is open; from the past back to now</dd>
        </div>
      </dl>
      <label className="check">
        <input
          type="checkbox"
          checked={on}
          onChange={({ target }) => {
            turnShortcuts(target.checked);
            setOn(target.checked);
          }}
        />
        Single keys do something in this browser
      </label>
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
    </dialog>
  );
}
