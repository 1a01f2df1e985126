import { type RefObject, useEffect, useRef } from 'react';

/** So near to the end, in pixels, counts as being there. */
const NEAR = 24;

/** Keeps a box that scrolls at its end while what is in it changes, unless somebody has scrolled away from there. */
export function useBoxAtEnd(box: RefObject<HTMLElement | null>, content: unknown): void {
  const isAtEnd = useRef(true);
  const lastTop = useRef(0);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    // As of the page in `useKeepAtEnd`: a scroll is told of late, so only who has moved up has left the end.
    const onScroll = () => {
      const below = element.scrollHeight - element.scrollTop - element.clientHeight;
      if (below < NEAR) isAtEnd.current = true;
      else if (element.scrollTop < lastTop.current) isAtEnd.current = false;
      lastTop.current = element.scrollTop;
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    if (isAtEnd.current) {
      element.scrollTop = element.scrollHeight;
      lastTop.current = element.scrollTop;
    }
    return () => element.removeEventListener('scroll', onScroll);
  }, [content]);
}
