import { useEffect, useRef, useState, type RefObject } from 'react';

/** This near to its end, in pixels, the page counts as being there. */
const NEAR = 60;

const belowPx = () => document.documentElement.scrollHeight - scrollY - innerHeight;
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
    let lastY = scrollY;
    const keep = (yes: boolean) => {
      keeps.current = yes;
      // The browser's own anchoring would move the page up where what is above is shortened: only a reader does that.
      document.documentElement.style.overflowAnchor = yes ? 'none' : '';
    };
    // A scroll is told of a frame later, and the page may have grown since: not being at the end is no sign that the
    // reader has left it, having moved up is. A page that has become shorter moves up too, but to its very end.
    const hasLeft = () => {
      const isUp = scrollY < lastY && belowPx() > 2;
      lastY = scrollY;
      return isUp;
    };
    const look = () => {
      if (hasLeft()) keep(false);
      else if (belowPx() <= NEAR) keep(true);
      setAway(!keeps.current);
    };
    const grew = () => {
      if (hasLeft()) keep(false);
      if (keeps.current) {
        goToEnd();
        lastY = scrollY;
      } else setAway(belowPx() > NEAR);
    };
    const unfolded = ({ target }: Event) => {
      if (target instanceof Element && target.closest('summary, .fold')) keep(false);
    };
    keep(keeps.current);
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
      document.documentElement.style.overflowAnchor = '';
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
