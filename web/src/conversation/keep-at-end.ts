import { useEffect, useRef, useState, type RefObject } from 'react';

/** This near to its end, in pixels, the page counts as being there. */
const NEAR = 60;

const isAtEnd = () => scrollY + innerHeight >= document.documentElement.scrollHeight - NEAR;
const goToEnd = () => scrollTo({ top: document.documentElement.scrollHeight });

/**
 * Keeps the page at its end while what is shown grows, unless the reader has scrolled up or has unfolded something.
 * @returns whether the reader is away from the end, and a way back to it
 */
export function useKeepAtEnd(
  grows: RefObject<HTMLElement | null>,
  active: boolean,
): { readonly isAway: boolean; readonly toEnd: () => void } {
  const keeps = useRef(true);
  const [isAway, setAway] = useState(false);
  useEffect(() => {
    const element = grows.current;
    if (!active || element === null) return;
    const look = () => {
      keeps.current = isAtEnd();
      setAway(!keeps.current);
    };
    const grew = () => {
      if (keeps.current) goToEnd();
      else setAway(!isAtEnd());
    };
    const unfolded = ({ target }: Event) => {
      if (target instanceof Element && target.closest('summary, .fold')) keeps.current = false;
    };
    const observer = new ResizeObserver(grew);
    observer.observe(element);
    // What stands below it grows too: prompts that wait, a long text that is typed.
    if (element.parentElement !== null) observer.observe(element.parentElement);
    addEventListener('scroll', look, { passive: true });
    element.addEventListener('click', unfolded);
    return () => {
      observer.disconnect();
      removeEventListener('scroll', look);
      element.removeEventListener('click', unfolded);
    };
  }, [active]);
  return {
    isAway: active && isAway,
    toEnd: () => {
      keeps.current = true;
      goToEnd();
    },
  };
}
