import { useEffect, useRef, useState } from 'react';
import { useLink } from '../live/live.js';

export interface Resource<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly loading: boolean;
}

/** A number that rises when the connection comes back after something had failed: no timer asks again. */
export function useTries(failed: boolean): number {
  const { epoch } = useLink();
  const [tries, setTries] = useState(0);
  const failing = useRef(failed);
  failing.current = failed;
  useEffect(() => {
    if (failing.current) setTries((count) => count + 1);
  }, [epoch]);
  return tries;
}

/** Reads something once for each key (null: not at all) and keeps what it had while it reads the next. */
export function useResource<T>(key: string | null, read: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const [state, setState] = useState<Resource<T>>({
    data: undefined,
    error: undefined,
    loading: key !== null,
  });
  const tries = useTries(state.error !== undefined);
  useEffect(() => {
    if (key === null) return;
    const abort = new AbortController();
    setState(({ data }) => ({ data, error: undefined, loading: true }));
    read(abort.signal).then(
      (data) => setState({ data, error: undefined, loading: false }),
      (error: unknown) => {
        if (!abort.signal.aborted) setState(({ data }) => ({ data, error, loading: false }));
      },
    );
    return () => abort.abort();
  }, [key, tries]);
  return state;
}
