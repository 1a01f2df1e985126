import { useLayoutEffect, useRef, type RefObject } from 'react';

/** A dialog that is open as long as it is in the page. The browser's own modal dialog keeps the focus in. */
export function useModal(): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  // Closed before it is taken out of the page: only then does the focus go back to where it was.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return dialog;
}
