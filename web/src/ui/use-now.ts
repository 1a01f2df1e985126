import { useEffect, useState } from 'react';
import { serviceNow } from '../api/api.js';

/** The service's time, anew every `periodMs` while the page is visible; null stops the clock. */
export function useNow(periodMs: number | null): number {
  const [now, setNow] = useState(serviceNow);
  useEffect(() => {
    if (periodMs === null) return;
    const tick = () => {
      if (document.visibilityState === 'visible') setNow(serviceNow());
    };
    tick();
    const timer = setInterval(tick, periodMs);
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, [periodMs]);
  return now;
}
