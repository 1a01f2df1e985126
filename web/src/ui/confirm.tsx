import type { ReactNode } from 'react';
import { useModal } from './use-modal.js';

interface ConfirmProps {
  readonly title: string;
  readonly action: string;
  readonly busy: boolean;
  /** The words for not doing it. */
  readonly cancel?: string;
  /** Whether it cannot be taken back. */
  readonly danger?: boolean;
  readonly children: ReactNode;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

/** Asks before something that cannot be taken back, or that others will see. */
export function Confirm({
  title,
  action,
  busy,
  cancel = 'Cancel',
  danger = true,
  children,
  onConfirm,
  onCancel,
}: ConfirmProps) {
  const dialog = useModal();
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" onCancel={onCancel}>
      <h2 id="confirm-title">{title}</h2>
      {children}
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={onCancel}>
          {cancel}
        </button>
        <button
          type="button"
          className={danger ? 'button danger solid' : 'button primary'}
          disabled={busy}
          onClick={onConfirm}
        >
          {action}
        </button>
      </div>
    </dialog>
  );
}
