import type { AuditEntry } from '@slipway/client';
import { useEffect, useState } from 'react';
import { api } from '../api/api.js';
import { useTries } from '../ui/use-resource.js';

const PAGE = 50;

/** Who did what so far, newest first. */
export interface ReadAudit {
  readonly entries: readonly AuditEntry[];
  /** From where the next page goes on; null when there is no more. */
  readonly next: string | null;
  readonly loading: boolean;
  readonly error: unknown;
  readonly readOn: () => void;
}

/** Reads who did what in the workspace, and to the subject where one is given, a page for each wish. Another workspace or subject takes another key. */
export function useAudit(workspaceId: string, subject: string | null): ReadAudit {
  const [known, setKnown] = useState<{ entries: AuditEntry[]; next: string | null }>({
    entries: [],
    next: null,
  });
  /** The position before which is read; undefined for the newest. */
  const [before, setBefore] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [loading, setLoading] = useState(true);
  const tries = useTries(error !== undefined);
  useEffect(() => {
    const over = new AbortController();
    setLoading(true);
    setError(undefined);
    const query = { workspaceId, before, subject: subject ?? undefined, limit: PAGE };
    api.readAudit(query, { signal: over.signal }).then(
      ({ items, next }) => {
        setKnown(({ entries }) => ({ entries: [...entries, ...items], next }));
        setLoading(false);
      },
      (reason: unknown) => {
        if (over.signal.aborted) return;
        setError(reason);
        setLoading(false);
      },
    );
    return () => over.abort();
  }, [workspaceId, subject, before, tries]);
  return { ...known, loading, error, readOn: () => known.next !== null && setBefore(known.next) };
}
